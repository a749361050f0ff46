/** Redirects on the bridge of a real ovn-controller: each packet passes the sensor, once, and arrives. */
import assert from "node:assert/strict";
import { app, internal, TestAgent, trafficControl } from "../lab/agent.ts";
import { Counter, expectCounts, send } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";
import { BRIDGE } from "./chassis.ts";
import { OvnLab } from "./ovn_lab.ts";
import type { PodSpec } from "./ovn_pod.ts";
import { SKIPPED } from "./programs.ts";

const PODS = [
  { name: "a", chassis: 0, on: "left" },
  { name: "b", chassis: 0, on: "left" },
  { name: "c", chassis: 0, on: "right" },
  { name: "d", chassis: 1, on: "left" },
  { name: "e", chassis: 1, on: "right" },
] as const satisfies readonly PodSpec[];
const LOCAL = ["a", "b", "c"];

const redirect = trafficControl("r", {
  appliedTo: app("web"),
  direction: "Both",
  action: "Redirect",
  targetPort: internal("tap0"),
  returnPort: internal("tap1"),
});

/** From, to, which Pods are selected, and how often the sensor gets each packet. */
const PATHS: readonly (readonly [from: string, to: string, selected: string, times: number])[] = [
  ["a", "b", "a", 1],
  ["b", "a", "a", 1],
  ["a", "b", "ab", 1],
  ["b", "c", "a", 0],
  ["a", "c", "a", 1],
  ["c", "a", "a", 1],
  ["a", "c", "ac", 2], // before the router and behind it
  ["a", "d", "a", 1],
  ["d", "a", "a", 1],
  ["a", "e", "a", 1],
  ["e", "a", "a", 1],
];

Deno.test({
  name: "a redirect: each packet passes the sensor, within a switch, routed, and over geneve",
  ignore: SKIPPED,
  async fn(t) {
    await using ovn = await OvnLab.start({ pods: PODS });
    const { ovs } = ovn.chassis[0];
    await using agent = await TestAgent.start(ovs, ["--bridge", BRIDGE]);
    await agent.write("redirect.yaml", redirect);
    let wired = false;
    for (const [from, to, selected, times] of PATHS) {
      await t.step(`${from} to ${to}, selected: ${selected}`, async () => {
        const pods = LOCAL.map((name) =>
          ovn.pod(name).object({ app: selected.includes(name) ? "web" : "db" })
        );
        await agent.write("pods.yaml", ...pods);
        await agent.settled(
          `${selected} selected`,
          ({ trafficControls: [r] }) => r?.realized === true && r.pods.length === selected.length,
        );
        if (!wired) await bridgeWire(ovs, ["tap0", "tap1"]);
        wired = true;
        const [one, other] = [ovn.pod(from), ovn.pod(to)];
        using seen = new Counter("tap0", { netns: ovs.netns, device: "tap0" });
        using arrived = Counter.at(other.pod);
        const ids = await send({ from: one.pod, to: ovn.route(one, other), count: 50 });
        await expectCounts(ids, [[arrived, 1], [seen, times]]);
        assert.deepEqual(await one.pod.ping(other.pod.ip(6), 2), { sent: 2, received: 2 });
      });
    }
  },
});
