/** What users see in the cluster of a TrafficControl that sees no packet: a condition, and Events. */
import assert from "node:assert/strict";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { ClusterNode, forget, installCRDs } from "../kubernetes/cluster.ts";
import { apiServerTests, type KubeApiServer } from "../kubernetes/kube_apiserver.ts";
import { mirror } from "../kubernetes/many_nodes.ts";
import { TC } from "../kubernetes/paths.ts";

const withServer = apiServerTests(installCRDs);
const EVENTS = "/api/v1/namespaces/default/events";
/** Milliseconds: the time that is set, readings of the counters, and what a report takes. */
const SOON = 60_000;

async function expectEvent(server: KubeApiServer, reason: string): Promise<string> {
  return await eventually(reason, async () => {
    const { items } = await server.must("GET", EVENTS);
    // deno-lint-ignore no-explicit-any -- Events
    return items.find((each: any) => each.reason === reason)?.message ?? false;
  }, SOON);
}

Deno.test(
  withServer("NoTraffic is a condition and an Event, and so is its end", async (server) => {
    await forget(server);
    await using node = await ClusterNode.start(server, 2, { args: ["--no-traffic-after", "10s"] });
    const [web, peer] = node.pods as [TestPod, TestPod];
    await node.tell(web, { app: "web" });
    await node.tell(peer, {});
    await server.must("POST", TC, mirror("m"));
    const message = await expectEvent(server, "NoTraffic");
    assert.match(message, /^node1: It has seen no packet for 10s: see /);
    await server.kubectl(["wait", "--for=condition=NoTraffic", "tc/m", "--timeout=60s"]);
    await server.kubectl(["wait", "--for=condition=Realized", "tc/m", "--timeout=60s"]);
    await expectFlow({ from: web, to: peer, count: 1 }, [[node.atDevice("tap0"), 1]]);
    await expectEvent(server, "NoTrafficEnded");
  }),
);
