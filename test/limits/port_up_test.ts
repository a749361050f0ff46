/** A sensor in a container takes an internal port into its network namespace, where Open vSwitch cannot see its link. */
import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import type { TestPod } from "../lab/pod.ts";
import { ipIn } from "../lab/run.ts";
import { Counter, expectFlow } from "../lab/traffic.ts";
import { LIMITS } from "../../core/base/limits.ts";

const mirror = (name: string, port: string) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(port),
  });

Deno.test("a port in another network namespace never shows as up, and holds nothing up", async () => {
  await using lab = await Lab.start(2);
  const { agent, ovs } = lab;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  await agent.write("a.yaml", mirror("a", "tap0"));
  await agent.realized("a");
  await ipIn(ovs.netns, "link", "set", "tap0", "netns", p2.netns);
  await ipIn(p2.netns, "link", "set", "tap0", "up");
  assert.notEqual((await ovs.vsctl("get", "interface", "tap0", "link_state")).trim(), "up");
  await agent.stop();
  agent.startAgain(); // it looks at every port again
  await agent.realized("a");
  const begun = performance.now();
  await agent.write("b.yaml", mirror("b", "tap1"));
  await agent.realized("a", "b");
  const waited = performance.now() - begun;
  assert.ok(waited < LIMITS.switchApply, `${waited} ms`);
  using counter = new Counter("tap0", { netns: p2.netns, device: "tap0" });
  await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 1], [lab.atDevice("tap1"), 1], [
    counter,
    1,
  ]]);
});
