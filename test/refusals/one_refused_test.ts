/** The switch or OVSDB refuses something of one TrafficControl: the others are realized all the same. */
import assert from "node:assert/strict";
import { sentence } from "../../core/contracts/condition.ts";
import { internal, podObject } from "../lab/agent.ts";
import { flowAges, Lab } from "../lab/lab.ts";
import { PLUGINS } from "../lab/paths.ts";
import { ipIn } from "../lab/run.ts";
import { expectFlow } from "../lab/traffic.ts";
import { mirror, start } from "./refusal.ts";

/** The table in which each treatment has a flow that makes copies. */
const MIRROR_OUT = 202;

Deno.test("a table is full: the youngest TrafficControl is not realized, the others are and their flows stay; it heals by itself", async () => {
  const { lab, goesOn } = await start();
  await using _ = lab;
  const { agent, ovs, pods: [p1, p2] } = lab;
  const before = await flowAges(ovs);
  const count = [...before.keys()].filter((flow) => flow.includes(`table=${MIRROR_OUT},`)).length;
  assert.ok(count > 0);
  const limit = (most: number) =>
    ovs.vsctl(
      ...["--", "--id=@t", "create", "flow_table", `flow_limit=${most}`],
      ...["--", "set", "bridge", "br0", `flow_tables:${MIRROR_OUT}=@t`],
    );
  await limit(count + 1);
  // Each has a treatment of its own, and so a flow of its own in that table.
  await agent.write("a.yaml", mirror("a", internal("ids1")));
  await agent.realized("a", "witness");
  const working = await flowAges(ovs);
  const names = ["u", "v", "w", "z"];
  for (const name of names) {
    await agent.write(`${name}.yaml`, mirror(name, internal(`${name}0`), "db"));
  }
  const { trafficControls } = await agent.settled(
    "conditions",
    ({ trafficControls }) =>
      trafficControls.length === 6 &&
      trafficControls.filter(({ conditions }) => conditions.length > 0).length === 4,
  );
  const refused = trafficControls.filter(({ realized }) => !realized);
  assert.deepEqual(
    refused.map(({ name, conditions }) => [name, conditions[0]?.reason]),
    names.map((name) => [name, "FlowsRefused"]),
  );
  assert.match(
    sentence(refused[0]!.conditions[0]!),
    /^The switch answers OFPFMFC_TABLE_FULL to a flow \(.*table=202.*\): raise the flow_limit of the bridge's table 202$/,
  );
  await goesOn();
  await expectFlow({ from: p1!, to: p2! }, [[lab.at(p2!), 1], [lab.atDevice("ids1"), 1]]);
  const after = await flowAges(ovs);
  // With each change of flows, rows that look at one more field take the place of others.
  const kept = [...working].filter(([flow]) => !/table=0,|pkt_mark=/.test(flow));
  assert.ok(kept.length > 10);
  for (const [flow, { duration }] of kept) {
    assert.ok((after.get(flow)?.duration ?? -1) >= duration, `written again: ${flow}`);
  }
  await limit(10_000);
  await agent.realized("a", "witness", ...names);
  await goesOn();
});

Deno.test("OVSDB refuses one port: only its TrafficControl is not realized", async () => {
  await using lab = await Lab.start(2, {
    bridges: ["br0", "br-ids"],
    args: ["--plugins", PLUGINS],
  });
  const { agent, pods: [p1, p2] } = lab;
  await agent.write("pods.yaml", podObject(p1!, { app: "web" }), podObject(p2!, {}));
  // The far end of the first has the name of the port of the second: OVSDB has every name once.
  await agent.write(
    "tc.yaml",
    mirror("a", internal("ids0-far")),
    mirror("z", { patch: { bridge: "br-ids", name: "ids0" } }),
    mirror("b", internal("ids1")),
  );
  const { trafficControls } = await agent.settled(
    "conditions",
    ({ trafficControls }) => trafficControls.some(({ conditions }) => conditions.length > 0),
  );
  assert.equal(trafficControls.filter(({ realized }) => realized).length, 2);
  assert.equal(trafficControls.find(({ name }) => name === "b")?.realized, true);
  await expectFlow({ from: p1!, to: p2! }, [[lab.at(p2!), 1], [lab.atDevice("ids1"), 1]]);
});

Deno.test("OVSDB refuses a change of a port that works: its flows stay, and it is changed when that can be done", async () => {
  const { lab, goesOn } = await start();
  await using _ = lab;
  const { agent, ovs } = lab;
  const before = await flowAges(ovs);
  // Sluice's internal ports follow the smallest MTU of the owner's ports. OVSDB allows no MTU of 0.
  await ipIn(ovs.netns, "link", "add", "name", "small0", "mtu", "0", "type", "ifb");
  await ovs.vsctl("add-port", "br0", "small0");
  const { trafficControls: [witness] } = await agent.settled(
    "a condition",
    ({ trafficControls: [witness] }) => witness?.conditions.length === 1,
  );
  assert.match(
    sentence(witness!.conditions[0]!),
    /^OVSDB refuses port "ids0": .*constraint violation/,
  );
  assert.equal(witness!.realized, false);
  await goesOn();
  const after = await flowAges(ovs);
  for (const [flow, { duration }] of before) {
    assert.ok((after.get(flow)?.duration ?? -1) >= duration, `written again: ${flow}`);
  }
  await ovs.vsctl("del-port", "small0");
  await agent.realized("witness");
  await goesOn();
});
