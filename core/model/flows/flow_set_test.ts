import assert from "node:assert/strict";
import { FlowSet } from "./flow_set.ts";
import { type Flow, formatFlow, match } from "../../openflow/mod.ts";

const flow = (port: number, output: number, more: Partial<Flow> = {}): Flow => ({
  table: 200,
  priority: 10,
  cookie: 0x51ce0000_00000000n,
  match: match({ in_port: port }),
  actions: [{ type: "output", port: output }],
  ...more,
});

const commands = (flows: FlowSet) => flows.changes().map(({ command }) => command);

Deno.test("a flow that the switch has already is no change, and a flow that no part wants is deleted last", () => {
  const flows = new FlowSet();
  flows.observe([flow(1, 9), flow(3, 9)]);
  flows.setPart("a", [flow(1, 9), flow(2, 9)]);
  assert.deepEqual(commands(flows), ["add", "delete"]);
  flows.applied(flows.changes());
  assert.deepEqual(commands(flows), []);
});

Deno.test("a row of two parts is one flow, and goes with the last of them", () => {
  const flows = new FlowSet();
  flows.setPart("a", [flow(1, 9)]);
  flows.setPart("b", [flow(1, 9)]);
  assert.deepEqual(commands(flows), ["add"]);
  flows.applied(flows.changes());
  flows.setPart("a", []);
  assert.deepEqual([commands(flows), flows.size], [[], 1]);
  flows.setPart("b", []);
  assert.deepEqual([commands(flows), flows.size], [["delete"], 0]);
});

/** What is different in the switch, and the command that corrects it. */
Deno.test.each<[string, Flow, string]>([
  ["actions", flow(1, 8), "modify"],
  ["a cookie", flow(1, 9, { cookie: 0x51ce0000_00000001n }), "add"],
  ["a timeout", flow(1, 9, { idleTimeout: 60 }), "add"],
  ["flags", flow(1, 9, { flags: ["send_flow_rem"] }), "add"],
])("other than it should be: %s", (_, observed, command) => {
  const flows = new FlowSet();
  flows.setPart("a", [flow(1, 9)]);
  flows.observe([observed]);
  const [change, ...others] = flows.changes();
  assert.deepEqual([change?.command, others], [command, []]);
  assert.equal(formatFlow(change!.flow), formatFlow(flow(1, 9)));
});

const TURNS = [[flow(100, 1)], [flow(101, 1)]];
const changed = (flows: FlowSet) =>
  flows.changes().map(({ command, flow }) => `${command} ${flow.match.in_port?.value}`);

Deno.test("flows that take turns: each change of other flows puts the other ones in the switch", () => {
  const flows = new FlowSet();
  flows.takeTurns(TURNS);
  flows.setPart("a", [flow(1, 9)]);
  assert.deepEqual(changed(flows), ["add 1", "add 100"]);
  assert.deepEqual(changed(flows), ["add 1", "add 100"]); // the switch has refused the changes, or was away
  flows.applied(flows.changes());
  assert.deepEqual(changed(flows), []);
  flows.setPart("a", [flow(1, 8)]);
  assert.deepEqual(changed(flows), ["modify 1", "add 101", "delete 100"]);
  flows.setPart("a", [flow(1, 9)]); // the change is taken back before the switch has it
  assert.deepEqual(changed(flows), []);
  flows.setPart("a", [flow(2, 9)]);
  flows.applied(flows.changes());
  flows.setPart("a", [flow(3, 9)]);
  assert.deepEqual(changed(flows), ["add 3", "add 100", "delete 2", "delete 101"]);
});

Deno.test("flows that take turns: those that are in the switch after a restart stay there", () => {
  for (const there of TURNS) {
    const flows = new FlowSet();
    flows.observe([flow(1, 9), ...there]);
    flows.takeTurns(TURNS);
    flows.setPart("a", [flow(1, 9)]);
    flows.observe([flow(1, 9), ...there]);
    assert.deepEqual(changed(flows), []);
  }
});

Deno.test("flows that take turns: if another controller deletes them, the other ones come, and both go with the last part", () => {
  const flows = new FlowSet();
  flows.takeTurns(TURNS);
  flows.setPart("a", [flow(1, 9)]);
  flows.applied(flows.changes());
  flows.observe([flow(1, 9)]);
  assert.deepEqual(changed(flows), ["add 101"]);
  flows.observe([flow(1, 9), ...TURNS.flat()]);
  assert.deepEqual(changed(flows), ["delete 101"]);
  flows.setPart("a", []);
  flows.takeTurns([]);
  assert.deepEqual(changed(flows).sort(), ["delete 1", "delete 100", "delete 101"]);
});

Deno.test("a part with two forms takes the one that the switch has, else the one that it did not have last", () => {
  const forms = (output: number) =>
    [10, 20].map((mark) => [flow(1, output + mark)]) as unknown as [Flow[], Flow[]];
  const outputs = (flows: FlowSet) => flows.desired().map(({ actions }) => actions);
  const flows = new FlowSet();
  const second = forms(0)[1][0]!;
  flows.observe([second]);
  flows.setTurningPart("a", forms(0));
  assert.deepEqual(outputs(flows), [second.actions], "as it is in the switch");
  flows.setTurningPart("a", forms(1));
  assert.deepEqual(outputs(flows), [forms(1)[0][0]!.actions]);
  flows.applied(flows.changes());
  flows.setTurningPart("a", forms(2));
  assert.deepEqual(outputs(flows), [forms(2)[1][0]!.actions]);
});

Deno.test("a change of such parts alone lets no other flows take turns", () => {
  const flows = new FlowSet();
  flows.takeTurns([[flow(7, 1)], [flow(8, 1)]]);
  flows.setTurningPart("a", [[flow(1, 1)], [flow(1, 2)]]);
  flows.setPart("b", [flow(2, 1)]);
  flows.applied(flows.changes());
  flows.setTurningPart("a", [[flow(1, 3)], [flow(1, 4)]]);
  assert.deepEqual(commands(flows), ["modify"]);
  assert.deepEqual(flows.choiceChanges(), flows.changes());
  flows.applied(flows.changes());
  flows.setPart("b", [flow(2, 2)]);
  assert.deepEqual(commands(flows).sort(), ["add", "delete", "modify"]);
});

Deno.test("what is wanted again while the switch makes a change is not forgotten", () => {
  const flows = new FlowSet();
  flows.setPart("a", [flow(1, 1)]);
  flows.applied(flows.changes());
  flows.setPart("a", [flow(1, 2)]);
  const underWay = flows.changes();
  flows.setPart("a", [flow(1, 1)]);
  assert.deepEqual(commands(flows), [], "as far as is known, the switch has it");
  flows.applied(underWay);
  assert.deepEqual(commands(flows), ["modify"]);
});
