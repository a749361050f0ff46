/** Flows, and which of them are the same to the switch. @module */
import { isDeepStrictEqual } from "node:util";
import { ones } from "../fields/binary.ts";
import type { Match } from "../fields/field_types.ts";
import { fieldNamed } from "../fields/fields.ts";
import { canonicalMatch } from "../fields/match.ts";
import { PORT } from "../fields/ports.ts";
import type { Action, LearnAction } from "./action_types.ts";
import { inEffectiveOrder } from "./actions.ts";
import { ALL_BYTES, REASON_ACTION } from "./controller_action.ts";
import { paddedNote } from "./nx_encoders.ts";
import { loadAsSetField } from "./standard_actions.ts";

/** The flags of a flow, with the bit of each: OpenFlow 1.5.1 section 7.3.4.1, OFPFF_*. */
export const FLOW_FLAGS = {
  send_flow_rem: 1,
  check_overlap: 2,
  reset_counts: 4,
  no_packet_counts: 8,
  no_byte_counts: 16,
} as const;
export type FlowFlag = keyof typeof FLOW_FLAGS;

/** The priority that ovs-ofctl gives a flow whose text has none: OFP_DEFAULT_PRIORITY. */
export const DEFAULT_PRIORITY = 0x8000;

/** One flow. Timeouts are in seconds. A timeout that is absent or 0 never ends. */
export interface Flow {
  readonly table: number;
  /** The highest one that matches a packet wins: 0 to 65535. */
  readonly priority: number;
  /** 64 bits that mean something to the controller only. */
  readonly cookie: bigint;
  readonly match: Match;
  readonly actions: readonly Action[];
  /** The switch removes the flow when no packet has hit it for this time. */
  readonly idleTimeout?: number;
  /** The switch removes the flow this time after it was added. */
  readonly hardTimeout?: number;
  /** When a table is full, flows of less importance are removed first. */
  readonly importance?: number;
  readonly flags?: readonly FlowFlag[];
}

/** A flow as the switch has it, with its counters. */
export interface FlowStats extends Flow {
  /** Seconds since the flow was added. */
  readonly durationSeconds: number;
  /** Seconds since a packet last hit the flow, if the switch tells that. */
  readonly idleSeconds?: number;
  readonly packets: bigint;
  readonly bytes: bigint;
}

function matchKey(match: Match): string {
  const canonical = canonicalMatch(match);
  let key = "";
  for (const name of Object.keys(canonical).sort()) {
    const { value, mask } = canonical[name]!;
    key += mask === undefined
      ? ` ${name}=${value.toString(16)}`
      : ` ${name}=${value.toString(16)}/${mask.toString(16)}`;
  }
  return key;
}

/**
 * A text of table, priority and match. Flows with the same key are one flow to the switch: adding it again replaces it.
 */
export function flowKey(
  { table, priority, match }: Pick<Flow, "table" | "priority" | "match">,
): string {
  return `${table} ${priority}${matchKey(match)}`;
}

type SetField = Extract<Action, { readonly type: "set_field" }>;

function canonicalSetField({ type, field, value, mask }: SetField): SetField {
  const { name, width, subfieldWidth } = fieldNamed(field);
  const exact = mask === undefined || mask === ones(width) || mask === ones(subfieldWidth);
  return exact ? { type, field: name, value } : { type, field: name, value: value & mask, mask };
}

function canonicalLearn(action: LearnAction): LearnAction {
  const { limit, result, sendFlowRemoved, deleteLearned } = action;
  const { idleTimeout, hardTimeout, finIdleTimeout, finHardTimeout } = action;
  return {
    type: "learn",
    table: action.table,
    priority: action.priority,
    cookie: action.cookie,
    ...(idleTimeout && { idleTimeout }),
    ...(hardTimeout && { hardTimeout }),
    ...(finIdleTimeout && { finIdleTimeout }),
    ...(finHardTimeout && { finHardTimeout }),
    ...(limit && { limit }),
    ...(result && { result }),
    ...(sendFlowRemoved && { sendFlowRemoved }),
    ...(deleteLearned && { deleteLearned }),
    specs: action.specs,
  };
}

/** An action in the form in which the switch gives it back. */
function canonicalAction(action: Action): Action {
  switch (action.type) {
    case "load":
      return canonicalSetField(loadAsSetField(action));
    case "set_field":
      return canonicalSetField(action);
    case "learn":
      return canonicalLearn(action);
    case "note":
      return { type: "note", bytes: paddedNote(action.bytes) };
    case "output":
      return action.port === PORT.CONTROLLER && action.maxLength === undefined
        ? { type: "controller", maxLength: ALL_BYTES }
        : action;
    case "controller": {
      const { id, reason, ...rest } = action;
      return {
        ...rest,
        ...(id && { id }),
        ...(reason !== REASON_ACTION && reason !== undefined && { reason }),
      };
    }
    case "clone":
    case "write_actions":
      return { ...action, actions: action.actions.map(canonicalAction) };
    case "ct":
      return action.actions ? { ...action, actions: action.actions.map(canonicalAction) } : action;
    default:
      return action;
  }
}

/** A text for any value: equal values have equal texts, whatever the order of their properties. */
function textOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Uint8Array) return value.toHex();
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  const record = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(record).filter((key) => record[key] !== undefined).sort();
  return `{${keys.map((key) => `${key}:${textOf(record[key])}`).join()}}`;
}

/** A text of all that is not in the key of a flow: actions, timeouts, importance, flags, cookie. */
export function actionsKey(flow: Flow): string {
  const { actions, cookie, idleTimeout = 0, hardTimeout = 0, importance = 0, flags = [] } = flow;
  // The switch does what these flags say when the flow is added, and does not keep them.
  const kept = flags.filter((flag) => flag !== "check_overlap" && flag !== "reset_counts");
  const numbers = `${cookie} ${idleTimeout} ${hardTimeout} ${importance} ${
    kept.toSorted().join("|")
  }`;
  return `${numbers} ${
    inEffectiveOrder(actions).map((action) => textOf(canonicalAction(action))).join()
  }`;
}

/** All of a flow but its key and its counters. */
const contentOf = ({ actions, cookie, idleTimeout, hardTimeout, importance, flags }: Flow) => ({
  actions,
  cookie,
  idleTimeout,
  hardTimeout,
  importance,
  flags,
});

/** Whether two flows with the same key are the same to the switch. Counters do not matter. */
export function sameContent(a: Flow, b: Flow): boolean {
  // Flows that look alike are the same. To find out whether others are takes ten times as long.
  return a === b || isDeepStrictEqual(contentOf(a), contentOf(b)) ||
    actionsKey(a) === actionsKey(b);
}

/** Whether two flows are the same to the switch. Counters do not matter. */
export function flowsEqual(a: Flow, b: Flow): boolean {
  return a === b || (flowKey(a) === flowKey(b) && sameContent(a, b));
}
