/** The status of a node tells what was counted when it is written, and packets alone cause no write. */
import assert from "node:assert/strict";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { NODE_STATUS_CRD } from "../../core/crd/node_status_crd.ts";
import { applyCRDs, ClusterNode, forget, installCRDs } from "../kubernetes/cluster.ts";
import { apiServerTests, type KubeApiServer } from "../kubernetes/kube_apiserver.ts";
import { mirror } from "../kubernetes/many_nodes.ts";
import { TC, TCN } from "../kubernetes/paths.ts";

const withServer = apiServerTests(installCRDs);
/** Milliseconds: a write, with the pauses before it. */
const PATIENCE = 30_000;
const SENT = 40;

const statusOf = async (server: KubeApiServer) => {
  const { status, body } = await server.request("GET", `${TCN}/node1`);
  return status === 200 ? Object(body.status) : {};
};

Deno.test(
  withServer("packets are told with the next change, and not before", async (server) => {
    await forget(server);
    await using node = await ClusterNode.start(server, 2);
    const [web, peer] = node.pods as [TestPod, TestPod];
    await node.tell(web, { app: "web" });
    await node.tell(peer, {});
    await server.must("POST", TC, mirror("m"));
    const names = async () => (await statusOf(server)).realizedTrafficControls?.join();
    await eventually("the report", async () => await names() === "m/1", PATIENCE);
    const first = await statusOf(server);
    await expectFlow({ from: web, to: peer, count: SENT }, [[node.atDevice("tap0"), 1]]);
    await eventually("the count", async () => {
      const { trafficControls: [control] } = await node.agent.state();
      return control!.copied!.egress!.packets >= SENT;
    });
    assert.deepEqual(await statusOf(server), first, "a write for packets alone");
    await server.must("POST", TC, mirror("n"));
    await eventually("the next report", async () => await names() === "m/1,n/1", PATIENCE);
    const { counted, countedAt } = await statusOf(server);
    // The copies of both are the same ones, and count for the older one
    const [, packets] = /^m copied egress (\d+)\/\d+ ingress \d+\/\d+$/.exec(counted.join("\n")) ??
      assert.fail(counted);
    assert.ok(Number(packets) >= SENT, packets);
    assert.ok(Date.parse(countedAt) > Date.parse(first.countedAt));
  }),
);

/** The CRD as it was before there were counts. */
const EARLIER = JSON.stringify(
  NODE_STATUS_CRD,
  (key, value) => ["counted", "countedAt"].includes(key) ? undefined : value,
);

async function takesCounts(server: KubeApiServer): Promise<boolean> {
  const object = {
    apiVersion: "sluice.dev/v1alpha1",
    kind: "TrafficControlNodeStatus",
    metadata: { name: "probe" },
    status: { counted: [] },
  };
  const args = ["apply", "--server-side", "--dry-run=server", "-f", "-"];
  return (await server.tryKubectl(args, JSON.stringify(object))).code === 0;
}

Deno.test(
  withServer(
    "a CRD without counts gets the report without them, and else the same",
    async (server) => {
      await forget(server);
      await applyCRDs(server, EARLIER);
      try {
        await eventually("the CRD", async () => !await takesCounts(server), PATIENCE);
        await using node = await ClusterNode.start(server, 1);
        await node.tell((node.pods as [TestPod])[0], { app: "web" });
        await server.must("POST", TC, mirror("m"));
        const status = await eventually("the report", async () => {
          const status = await statusOf(server);
          return status.realizedTrafficControls?.join() === "m/1" && status;
        }, PATIENCE);
        assert.equal(status.ready, "1/1");
        assert.equal(status.counted, undefined);
      } finally {
        await applyCRDs(server, JSON.stringify(NODE_STATUS_CRD));
      }
      await eventually("the CRD", () => takesCounts(server), PATIENCE);
    },
  ),
);
