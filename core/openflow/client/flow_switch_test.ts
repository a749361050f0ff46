import assert from "node:assert/strict";
import { type Flow, formatFlow, OpenFlowClient, parseFlow } from "../mod.ts";
import { actionsKey, flowKey, flowsEqual } from "../mod.ts";
import { FLOW_TEXTS } from "../testing/flow_texts.ts";
import { INTERPOSE_FLOWS } from "../testing/interpose_flows.ts";
import { TestSwitch } from "../testing/switch.ts";

const KEYS = (flow: Flow) => `${flowKey(flow)} | ${actionsKey(flow)}`;
const sorted = (flows: readonly Flow[]) => flows.map(KEYS).sort();
const adds = (flows: readonly Flow[]) =>
  flows.map((flow) => ({ type: "flow_mod", command: "add", flow }) as const);

async function shown(ovs: TestSwitch, ...options: string[]): Promise<Flow[]> {
  const text = await ovs.ofctl("dump-flows", ...options);
  return text.split("\n").filter((line) => line.includes("actions=")).map(parseFlow);
}

Deno.test("flows that ovs-ofctl adds are read as its texts say, and written back the same", async (t) => {
  await using ovs = await TestSwitch.start();
  await ovs.ofctl("add-group", "group_id=1,type=all,bucket=actions=output:1");
  const file = `${ovs.folder}/flows`;
  await Deno.writeTextFile(file, FLOW_TEXTS.join("\n"));
  await ovs.ofctl("add-flows", file);
  await using client = await OpenFlowClient.connect(ovs.address);
  const given = FLOW_TEXTS.map(parseFlow);
  const dump = await client.dumpFlows();

  await t.step("the dump equals what was given", () => {
    assert.equal(dump.length, FLOW_TEXTS.length);
    assert.deepEqual(sorted(dump), sorted(given));
  });
  await t.step("the dump equals what ovs-ofctl prints, with and without counters", async () => {
    assert.deepEqual(sorted(await shown(ovs)), sorted(dump));
    const without = (await shown(ovs, "--no-stats")).map((flow) => ({ ...flow, table: 1 }));
    assert.deepEqual(sorted(without), sorted(dump));
  });
  await t.step("text of a dumped flow is the flow", () => {
    for (const flow of dump) assert.equal(KEYS(parseFlow(formatFlow(flow))), KEYS(flow));
  });
  await t.step("nothing is raw", () => {
    const raw = dump.filter(({ actions }) => actions.some(({ type }) => type === "raw"));
    assert.deepEqual(raw.map(formatFlow), []);
  });
  await t.step("what we write is what ovs-ofctl wrote", async () => {
    await client.bundle([{ type: "flow_delete", filter: {} }, ...adds(given)]);
    assert.deepEqual(sorted(await client.dumpFlows()), sorted(dump));
  });
  await t.step("what was dumped can be written again", async () => {
    await client.bundle([{ type: "flow_delete", filter: {} }, ...adds(dump)]);
    assert.deepEqual(sorted(await client.dumpFlows()), sorted(dump));
  });
});

Deno.test("flows of the pipeline come back equal, key by key", async () => {
  await using ovs = await TestSwitch.start();
  await using client = await OpenFlowClient.connect(ovs.address);
  const flows = INTERPOSE_FLOWS.map(parseFlow);
  await client.bundle(adds(flows));
  const dump = new Map((await client.dumpFlows()).map((flow) => [flowKey(flow), flow]));
  assert.equal(dump.size, flows.length);
  for (const flow of flows) {
    const back = dump.get(flowKey(flow));
    assert.ok(back, formatFlow(flow));
    assert.ok(flowsEqual(flow, back), formatFlow(flow));
  }
  for (const [text, flow] of INTERPOSE_FLOWS.map((line, i) => [line, flows[i]!] as const)) {
    const tidy = text.replace(/0x0\b/g, "0");
    assert.equal(formatFlow(flow), tidy);
  }
});

Deno.test("a flow of Geneve options or of NSH is kept as it is", async () => {
  await using ovs = await TestSwitch.start();
  await ovs.ofctl("add-tlv-map", "{class=0xffff,type=0,len=4}->tun_metadata0");
  await ovs.ofctl("add-flow", "tun_metadata0=0x5/0xff,actions=encap(nsh(md_type=1)),output:1");
  await using client = await OpenFlowClient.connect(ovs.address);
  const [flow] = await client.dumpFlows();
  assert.equal(flow!.actions[0]!.type, "raw");
  await client.bundle([{ type: "flow_delete", filter: {} }, ...adds([flow!])]);
  const [back] = await client.dumpFlows();
  assert.ok(flowsEqual(flow!, back!));
  assert.ok(flowsEqual(parseFlow(formatFlow(flow!)), flow!));
  assert.match(await ovs.ofctl("dump-flows"), /tun_metadata0=0x5\S* actions=encap\(nsh/);
});

Deno.test("a filter chooses flows by table, cookie and match", async () => {
  await using ovs = await TestSwitch.start();
  await using client = await OpenFlowClient.connect(ovs.address);
  const texts = [
    "table=1,cookie=0x51,in_port=1",
    "table=1,cookie=0x52,in_port=2",
    "table=2,cookie=0x61",
  ];
  await client.bundle(adds(texts.map((text) => parseFlow(`${text},actions=drop`))));
  const count = async (filter: Parameters<typeof client.dumpFlows>[0]) =>
    (await client.dumpFlows(filter)).length;
  assert.equal(await count({}), 3);
  assert.equal(await count({ table: 1 }), 2);
  assert.equal(await count({ cookie: 0x52n }), 1);
  assert.equal(await count({ cookie: 0x50n, cookieMask: 0xf0n }), 2);
  assert.equal(await count({ match: { in_port: { value: 1n } } }), 1);
  await client.bundle([{ type: "flow_delete", filter: { cookie: 0x50n, cookieMask: 0xf0n } }]);
  assert.equal(await count({}), 1);
});

Deno.test("flows are read without counters, and without those of a cookie", async () => {
  await using ovs = await TestSwitch.start();
  await using client = await OpenFlowClient.connect(ovs.address);
  const texts = ["table=1,cookie=0x51,in_port=1", "table=1,cookie=0x61,in_port=2,hard_timeout=60"];
  await client.bundle(adds(texts.map((text) => parseFlow(`${text},actions=output:1,output:2`))));
  const bare = (await client.dumpFlows({ table: 1 })).map((
    { packets: _packets, bytes: _bytes, durationSeconds: _duration, idleSeconds: _idle, ...flow },
  ) => flow);
  assert.equal(bare.length, texts.length);
  assert.deepEqual(await client.flows({ table: 1 }), bare);
  const others = bare.filter(({ cookie }) => cookie === 0x61n);
  assert.deepEqual(await client.flows({ table: 1 }, { cookie: 0x50n, cookieMask: 0xf0n }), others);
});
