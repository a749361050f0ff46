/** Mirrors on the bridge of a real ovn-controller: one copy of each packet, wherever it comes from and goes. */
import { app, internal, TestAgent, trafficControl } from "../lab/agent.ts";
import { Counter, expectCounts, send } from "../lab/traffic.ts";
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

const mirror = trafficControl("m", {
  appliedTo: app("web"),
  direction: "Both",
  action: "Mirror",
  targetPort: internal("ids0"),
});

/** From, to, and which Pods are selected. */
const PATHS: readonly (readonly [from: string, to: string, selected: string])[] = [
  ["a", "b", "a"],
  ["b", "a", "a"],
  ["a", "b", "ab"],
  ["a", "c", "a"],
  ["c", "a", "a"],
  ["a", "c", "ac"],
  ["a", "d", "a"],
  ["d", "a", "a"],
  ["a", "e", "a"],
  ["e", "a", "a"],
];

Deno.test({
  name:
    "a mirror has one copy of each packet: of one switch, routed, over geneve, both ends selected",
  ignore: SKIPPED,
  async fn(t) {
    await using ovn = await OvnLab.start({ pods: PODS });
    const { ovs } = ovn.chassis[0];
    await using agent = await TestAgent.start(ovs, ["--bridge", BRIDGE]);
    await agent.write("mirror.yaml", mirror);
    for (const [from, to, selected] of PATHS) {
      await t.step(`${from} to ${to}, selected: ${selected}`, async () => {
        const pods = LOCAL.map((name) =>
          ovn.pod(name).object({ app: selected.includes(name) ? "web" : "db" })
        );
        await agent.write("pods.yaml", ...pods);
        await agent.settled(
          `${selected} selected`,
          ({ trafficControls: [m] }) => m?.realized === true && m.pods.length === selected.length,
        );
        const [one, other] = [ovn.pod(from), ovn.pod(to)];
        using copies = new Counter("ids0", { netns: ovs.netns, device: "ids0" });
        using arrived = Counter.at(other.pod);
        const ids = await send({ from: one.pod, to: ovn.route(one, other), count: 50 });
        await expectCounts(ids, [[arrived, 1], [copies, 1]]);
      });
    }
  },
});
