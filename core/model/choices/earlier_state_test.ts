/** What an agent reads from flows is what another one has written there. */
import assert from "node:assert/strict";
import interpose from "../../../plugins/pipelines/interpose.ts";
import { type Flow, flowKey } from "../../openflow/mod.ts";
import { realizeChoice } from "./choices.ts";
import { earlierState } from "./earlier_state.ts";

const pipeline = interpose.create({ tableBase: 200 });
const NAMES = ["a", "b", "c"];
const HOP = {
  pairs: NAMES.map((name) => ({ target: name, return: `${name}-out` })),
  scope: { failureMode: "Open" },
};
const around = {
  find: (name: string) => ({ name, ofport: name.charCodeAt(0) + name.length }),
  isReady: () => true,
  knowsLink: () => true,
  places: NAMES,
};

function flows(isOpen: boolean, down: readonly string[] = []): Flow[] {
  const choice = realizeChoice(HOP, around, { isOpen, down: new Set(down) })!;
  return pipeline.choice!(choice, 0).map((row) => ({ ...row, cookie: 0n }) as Flow);
}

function read(inSwitch: readonly Flow[]) {
  const known = new Map(inSwitch.map((flow) => [flowKey(flow), flow]));
  const observed = (flow: Flow) => known.get(flowKey(flow));
  const state = earlierState(NAMES, { closed: flows(false), open: flows(true), observed });
  return state && { isOpen: state.isOpen, down: [...state.down], up: [...state.up] };
}

Deno.test.each<[boolean, string[]]>([
  [false, []],
  [true, []],
  [false, ["b"]],
  [true, ["a", "c"]],
])("open: %s, down: %s", (isOpen, down) => {
  const up = NAMES.filter((name) => !down.includes(name));
  assert.deepEqual(read(flows(isOpen, down)), { isOpen, down, up });
});

Deno.test("a switch without the flows tells nothing", () => {
  assert.equal(read([]), undefined);
});
