/** The object in which a node reports: it is mended, it waits for nothing, and the elected agent can read it. */
import assert from "node:assert/strict";
import { delay } from "../../core/api.ts";
import { NODES } from "../../plugins/sources/kubernetes/pace.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { ClusterNode, forget, installCRDs } from "./cluster.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { mirror } from "./many_nodes.ts";
import { LEASE, TC, TCN } from "./paths.ts";

const withServer = apiServerTests(installCRDs);
const OWN = `${TCN}/node1`;
/** Milliseconds: the agent mends its object 10 s after its last write at the earliest. */
const PATIENCE = 30_000;
const MERGE = ["--type=merge", "--patch"];

/** A node with one Pod, which two TrafficControls select. One of them fails. */
async function started(server: KubeApiServer): Promise<ClusterNode> {
  await forget(server);
  const node = await ClusterNode.start(server, 1);
  await node.tell((node.pods as [TestPod])[0], { app: "web" });
  await server.must("POST", TC, mirror("good"));
  const bad = Object(mirror("bad"));
  bad.spec.targetPort = { device: { name: "nowhere" } };
  await server.must("POST", TC, bad);
  return node;
}

async function told(server: KubeApiServer) {
  const { status, body } = await server.request("GET", OWN);
  const { realizedTrafficControls = [], trafficControls = [], ready } = Object(body.status);
  // deno-lint-ignore no-explicit-any -- entries
  const names = trafficControls.map(({ name }: any) => name);
  return status === 200 ? [ready, realizedTrafficControls.join(), names.join()] : [];
}
const SHORT = ["1/2", "good/1", "bad"];
const EACH = ["1/2", "", "bad,good"];

const becomes = (server: KubeApiServer, expected: readonly string[]) =>
  eventually(
    `${expected}`,
    async () => (await told(server)).join(" ") === expected.join(" "),
    PATIENCE,
  );

Deno.test(
  withServer(
    "the status of a node is written again when somebody deletes or changes it, and else not",
    async (server) => {
      await server.request("DELETE", LEASE);
      await using _node = await started(server);
      await becomes(server, SHORT);
      await server.must("DELETE", OWN);
      await becomes(server, SHORT);
      const wrong = JSON.stringify({ status: { ready: "9/9", trafficControls: [] } });
      await server.kubectl(["patch", "tcn", "node1", ...MERGE, wrong]);
      assert.deepEqual(await told(server), ["9/9", "good/1", ""]);
      await becomes(server, SHORT);
      const version = async () => (await server.must("GET", OWN)).metadata.resourceVersion;
      const before = await version();
      await delay(PATIENCE / 2);
      assert.equal(await version(), before);
    },
  ),
);

/** An elected agent that lives long. @param annotations Those that its version writes. */
function elected(annotations: Readonly<Record<string, string>>): object {
  const spec = { holderIdentity: "other 1", leaseDurationSeconds: 3600 };
  return { metadata: { name: "sluice-leader", annotations }, spec };
}

Deno.test(
  withServer(
    "as long as an agent of an earlier version is elected, there is an entry for each TrafficControl",
    async (server) => {
      await server.request("DELETE", LEASE);
      await server.must("POST", LEASE.replace(/\/[^/]+$/, ""), elected({}));
      await using _node = await started(server);
      await becomes(server, EACH);
      const setNodes = (value: string | null) => {
        const patch = JSON.stringify({ metadata: { annotations: { [NODES]: value } } });
        const lease = ["patch", "lease", "sluice-leader", "--namespace=sluice-system"];
        return server.kubectl([...lease, ...MERGE, patch]);
      };
      await setNodes("2");
      await becomes(server, SHORT);
      await setNodes(null);
      await becomes(server, EACH);
    },
  ),
);
