import assert from "node:assert/strict";
import { type Action, checkSize, type Flow, OpenFlowClient } from "../mod.ts";
import { TestSwitch } from "../testing/switch.ts";

const OUTPUT: Action = { type: "output", port: 1 };
const LONG: Action = { type: "set_field", field: "xxreg0", value: 1n };
const SHORT: Action = { type: "set_field", field: "reg5", value: 1n, mask: 1n };
const RESUBMIT: Action = { type: "resubmit", table: 7 };
const LEARN: Action = {
  type: "learn",
  table: 9,
  cookie: 1n,
  priority: 1,
  specs: [{
    type: "match_field",
    from: { field: "eth_src", start: 0, end: 47 },
    to: { field: "eth_src", start: 0, end: 47 },
  }],
};

const flow = (actions: readonly Action[]): Flow => ({
  table: 3,
  priority: 1,
  cookie: 0n,
  match: {},
  actions,
});
const clone = (actions: readonly Action[]) => flow([{ type: "clone", actions }]);

function isAllowed(tried: Flow): boolean {
  try {
    checkSize(tried);
    return true;
  } catch (error) {
    assert.ok(error instanceof RangeError);
    return false;
  }
}

/** The largest flow of that form that is allowed. */
function largest(make: (count: number) => Flow): Flow {
  let [least, most] = [1, 10_000];
  assert.equal(isAllowed(make(most)), false);
  while (most - least > 1) {
    const middle = Math.floor((least + most) / 2);
    if (isAllowed(make(middle))) least = middle;
    else most = middle;
  }
  return make(least);
}

const times = (count: number, ...actions: readonly Action[]) =>
  Array.from({ length: count }, () => actions).flat();

Deno.test.each<readonly [string, (count: number) => Flow]>([
  ["outputs", (count) => flow(times(count, OUTPUT))],
  ["outputs in a clone", (count) => clone(times(count, OUTPUT))],
  ["short fields and resubmits in a clone", (count) => clone(times(count, SHORT, RESUBMIT))],
  ["long fields in a clone", (count) => clone(times(count, LONG))],
  ["learned flows in a clone", (count) => clone(times(count, LEARN))],
  ["clones in a clone", (count) => clone(times(count, { type: "clone", actions: [OUTPUT] }))],
])("Open vSwitch takes the largest flow with %s, and goes on", async (_, make) => {
  await using ovs = await TestSwitch.start();
  await using client = await OpenFlowClient.connect(ovs.address);
  await client.bundle([{ type: "flow_mod", command: "add", flow: largest(make) }])
    .catch(({ message }) => assert.fail(message.slice(-200)));
  assert.equal((await client.dumpFlows()).length, 1);
});

Deno.test("a flow that is too large says how large", () => {
  assert.throws(
    () => checkSize(clone(times(2000, SHORT, RESUBMIT))),
    /^RangeError: Cannot write a flow with 4001 actions in one clone: \d+ bytes are more than the 65535 that Open vSwitch bears$/,
  );
  assert.throws(
    () => checkSize(flow(times(5000, OUTPUT))),
    /^RangeError: Cannot write a flow with 5000 actions: its \d+ bytes are more than the 65280 that fit into a message$/,
  );
});
