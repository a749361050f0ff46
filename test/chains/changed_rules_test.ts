/** Packets inside a pair whose rules change: they go on with the rest of their chain. */
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectCounts, send } from "../lab/traffic.ts";
import { Echo } from "../lab/wire.ts";

/** Milliseconds that the first sensor keeps each packet: longer than a change takes. */
const KEPT = 1500;
/** Milliseconds in which all packets are there, on a busy machine, too. */
const ARRIVAL = { arrival: KEPT + 8000 };
const rules = (protocol: string) => ({ rules: [{ action: "Include", protocol }] });

const member = (name: "a" | "b", chainOrder: number, more: object = {}) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Redirect",
    targetPort: internal(`t-${name}`),
    returnPort: internal(`r-${name}`),
    chainOrder,
    ...more,
  });

Deno.test.each([["from other rules", rules("UDP")], ["from none", {}]])(
  "packets inside a pair that gets rules for others pass the pairs behind it, %s",
  async (_, before) => {
    await using lab = await Lab.start(2);
    const { agent, ovs } = lab;
    const [web, peer] = lab.pods as [TestPod, TestPod];
    await agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(peer, {}));
    await agent.write("tc.yaml", member("a", 1, before), member("b", 2));
    await agent.realized("a", "b");
    for (const device of ["t-a", "r-a", "t-b", "r-b"]) {
      await ovs.exec("ip", "link", "set", device, "up");
    }
    using _slow = Echo.between({ netns: ovs.netns }, ["t-a", "r-a"], KEPT);
    using _fast = Echo.between({ netns: ovs.netns }, ["t-b", "r-b"], 0);
    await ovs.emptyCache();
    const places = [lab.atDevice("t-a"), lab.atDevice("t-b"), lab.at(peer)];
    const ids = await send({ from: web, to: peer, count: 8 });
    await agent.write("tc.yaml", member("a", 1, rules("TCP")), member("b", 2));
    await expectCounts(ids, places.map((place) => [place, 1] as const), ARRIVAL);
  },
);
