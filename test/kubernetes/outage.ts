/** A node whose API server is away for a while. @module */
import assert from "node:assert/strict";
import { app, internal, trafficControl } from "../lab/agent.ts";
import { ClusterNode, forget, installCRDs } from "./cluster.ts";
import { KubeApiServer } from "./kube_apiserver.ts";
import { flowAges } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";

type Two = [TestPod, TestPod];
/** One that may be killed. */
export async function ownServer(): Promise<KubeApiServer> {
  const server = await KubeApiServer.start();
  await installCRDs(server);
  return server;
}

export const mirror = (name: string, port: string, label = "web") =>
  trafficControl(name, {
    appliedTo: app(label),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(port),
  });
export const apply = (server: KubeApiServer, ...objects: readonly object[]) =>
  server.kubectl(["apply", "-f", "-"], objects.map((object) => JSON.stringify(object)).join("\n"));

/** A node whose Pod `web` is mirrored to port `tap0`. */
export async function started(
  server: KubeApiServer,
  args: readonly string[] = [],
): Promise<ClusterNode> {
  await forget(server);
  const node = await ClusterNode.start(server, 2, { args });
  const [p1, p2] = node.pods as Two;
  await node.tell(p1, { app: "web" });
  await node.tell(p2, { app: "db" });
  await apply(server, mirror("m", "tap0"));
  await node.agent.realized("m");
  return node;
}

/** Packets in a second. */
const RATE = 100;

/**
 * The API server is away, and restarted without its history: meanwhile the datapath is as it was, afterwards the agent
 * catches up.
 *
 * @param seconds More than 10: by then the pauses between the agent's attempts are as long as they get.
 */
export async function outage(seconds: number): Promise<void> {
  await using server = await ownServer();
  await using node = await started(server);
  const { agent, ovs } = node;
  const [p1, p2] = node.pods as Two;
  await apply(server, mirror("gone", "tap2", "db"));
  await agent.realized("gone", "m");
  const before = await flowAges(ovs);
  await node.relay.down();
  const [at2, tap] = [node.at(p2), node.atDevice("tap0")];
  const packets = { from: p1, to: p2, count: seconds * RATE, rate: RATE };
  const traffic = expectFlow(packets, [[at2, 1], [tap, 1]]);
  await server.kubectl(["delete", "tc", "gone"]);
  await apply(server, mirror("new", "tap3"));
  await server.killServer();
  await server.forgetHistory();
  await server.startServer();
  await traffic;
  assert.deepEqual([...(await flowAges(ovs)).keys()].sort(), [...before.keys()].sort());
  node.relay.up();
  await agent.realized("m", "new");
  await eventually("no issue", async () => (await agent.state()).issues.length === 0, 30_000);
}
