/** How large a flow may be. @module */
import { LIMITS } from "../../base/limits.ts";
import { aligned, Writer } from "../fields/binary.ts";
import { fieldNamed } from "../fields/fields.ts";
import type { Action } from "./action_types.ts";
import { writeFlowMod } from "./flow_messages.ts";
import type { Flow } from "./flow.ts";

/**
 * The most bytes of actions within an action, as Open vSwitch keeps them. With more, ovs-vswitchd 3.1 does not refuse the flow:
 * an assertion ends it (ofpact_finish() in lib/ofp-actions.c, whose field for the length has 16 bits).
 */
const MOST_WITHIN_ACTION = 0xffff;
/** Flows with so many actions are not measured: each of them would have to take more than 500 bytes. */
const FEW = 128;

/** Bytes of actions in the memory of Open vSwitch 3.1; those of other types are smaller than `OTHERS`. */
const IN_MEMORY: Readonly<Partial<Record<Action["type"], number>>> = { output: 16, resubmit: 16 };
const OTHERS = 64;
/** Bytes of a set_field without its value and its mask, which are aligned. */
const SET_FIELD = 16;

const within = (action: Action): readonly Action[] =>
  "actions" in action ? action.actions ?? [] : [];

const countOf = (actions: readonly Action[]): number =>
  actions.reduce((sum, action) => sum + 1 + countOf(within(action)), 0);

function memoryOf(action: Action): number {
  if (action.type === "learn") return OTHERS * (1 + action.specs.length);
  if (action.type === "set_field") return SET_FIELD + 2 * aligned(fieldNamed(action.field).bytes);
  const inside = within(action).reduce((sum, each) => sum + memoryOf(each), 0);
  if (inside > MOST_WITHIN_ACTION) {
    throw new RangeError(
      `Cannot write a flow with ${countOf([action])} actions in one ${action.type}: ` +
        `${inside} bytes are more than the ${MOST_WITHIN_ACTION} that Open vSwitch bears`,
    );
  }
  return inside + (IN_MEMORY[action.type] ?? OTHERS);
}

/**
 * Makes sure that the switch can take the flow.
 *
 * @throws {RangeError} If the flow is larger than a message, or if Open vSwitch would end by it.
 */
export function checkSize(flow: Flow): void {
  const count = countOf(flow.actions);
  if (count <= FEW) return;
  for (const action of flow.actions) memoryOf(action);
  const writer = new Writer();
  writeFlowMod(writer, "add", flow);
  if (writer.length <= LIMITS.flow) return;
  throw new RangeError(
    `Cannot write a flow with ${count} actions: its ${writer.length} bytes are more than the ` +
      `${LIMITS.flow} that fit into a message`,
  );
}
