/** An API server with the etcd of Debian 12, an older version that cannot stream lists. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { app, internal, trafficControl } from "../lab/agent.ts";
import { ClusterNode, installCRDs } from "./cluster.ts";
import { KubeApiServer } from "./kube_apiserver.ts";
import { SKIPPED } from "./programs.ts";
import { script } from "../lab/paths.ts";
import type { TestPod } from "../lab/pod.ts";
import { run, tryRun } from "../lab/run.ts";
import { expectFlow } from "../lab/traffic.ts";

const FOLDER = await tryRun(script("_kubernetes"), ["--etcd"]);
/** In CI a test that cannot run fails. */
const MISSING = FOLDER.code !== 0 && Deno.env.get("CI") !== "true";
if (MISSING) {
  console.error("SKIPPED: the test with etcd 3.4. There is none: run scripts/setup --kubernetes");
}

const mirror = (server: KubeApiServer, port: string) =>
  server.must(
    "POST",
    "/apis/crd.antrea.io/v1alpha2/trafficcontrols",
    trafficControl(port, {
      appliedTo: app("web"),
      direction: "Both",
      action: "Mirror",
      targetPort: internal(port),
    }),
  ); // deno-fmt-ignore

Deno.test({
  name: "with etcd 3.4: a mirror, a change after a cut watch, and a list after the history is lost",
  ignore: SKIPPED || MISSING,
  fn: async () => {
    assert.equal(FOLDER.code, 0, "there is no etcd 3.4: see what scripts/setup --kubernetes says");
    const etcd = join(FOLDER.stdout.trim(), "etcd");
    assert.match(await run(etcd, ["--version"]), /^etcd Version: 3\.4\./);
    await using server = await KubeApiServer.start({ etcd });
    await installCRDs(server);
    await using node = await ClusterNode.start(server, 2);
    const [p1, p2] = node.pods as [TestPod, TestPod];
    await node.tell(p1, { app: "web" });
    await node.tell(p2, {});
    await mirror(server, "tap0");
    await node.agent.realized("tap0");
    await expectFlow({ from: p1, to: p2 }, [[node.at(p2), 1], [node.atDevice("tap0"), 1]]);
    await server.kubectl(["wait", "--for=condition=Realized", "tc/tap0", "--timeout=60s"]);
    await node.relay.drop();
    await mirror(server, "tap1");
    await node.agent.realized("tap0", "tap1");
    await node.relay.down();
    await server.kubectl(["delete", "tc", "tap0"]);
    await server.killServer();
    await server.forgetHistory();
    await server.startServer();
    node.relay.up();
    await node.agent.realized("tap1");
  },
});
