/** Tunnels whose packets cannot arrive: there is no route to the far end, or it is the node itself. */
import assert from "node:assert/strict";
import { sentence } from "../../core/contracts/condition.ts";
import { app, podObject, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { ipIn } from "../lab/run.ts";

const REMOTE = "198.51.100.2";

const mirror = (remoteIP: string) =>
  trafficControl("m", {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: { geneve: { remoteIP } },
  });

Deno.test("a tunnel without a route, or to the node itself, is not called realized; the condition comes and goes with route and address", async () => {
  await using lab = await Lab.start(2);
  const { agent, ovs: { netns }, pods: [p1] } = lab;
  await agent.write("pods.yaml", podObject(p1!, { app: "web" }));
  await ipIn(netns, "-6", "route", "del", "default"); // Open vSwitch would take it for IPv4, too
  await ipIn(netns, "route", "del", "default");
  await agent.write("tc.yaml", mirror(REMOTE));
  const said = async (expected: RegExp) => {
    const { trafficControls: [m] } = await agent.settled(
      `${expected}`,
      ({ trafficControls: [m] }) =>
        m?.conditions.some((each) => expected.test(sentence(each))) ?? false,
    );
    assert.equal(m?.realized, false);
    assert.deepEqual(m.conditions.map(({ reason }) => reason), ["NoRoute"]);
  };
  await said(/^Open vSwitch has no route to 198\.51\.100\.2, .*: add a route to it$/);
  await ipIn(netns, "route", "add", "default", "via", "203.0.113.1");
  await agent.realized("m");
  await ipIn(netns, "addr", "add", `${REMOTE}/32`, "dev", "lo");
  await said(/leads to 198\.51\.100\.2, which is an address of this node: name the address of/);
  await ipIn(netns, "addr", "del", `${REMOTE}/32`, "dev", "lo");
  await agent.realized("m");
  await ipIn(netns, "route", "del", "default");
  await said(/has no route/);
});
