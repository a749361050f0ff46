/** Flows to and from the text of ovs-ofctl: ovs-ofctl(8), "Flow Syntax". @module */
import { ones } from "../fields/binary.ts";
import { DEFAULT_PRIORITY, type Flow, FLOW_FLAGS, type FlowFlag } from "../messages/flow.ts";
import type { FlowFilter } from "../messages/flow_messages.ts";
import { formatActions } from "./action_format.ts";
import { parseActions } from "./action_parse.ts";
import { formatMatch, parseMatch } from "./match_text.ts";
import { hex, parseBig, parseNumber, splitPair, splitWords } from "./tokens.ts";

const MAX_U16 = 0xffff;

/** The properties that are numbers, by their keys in text. */
const NUMBERS = {
  idle_timeout: "idleTimeout",
  hard_timeout: "hardTimeout",
  importance: "importance",
} as const;

/** The keys that a dump has and that do not belong to the flow. */
const COUNTERS: ReadonlySet<string> = new Set([
  "duration",
  "n_packets",
  "n_bytes",
  "n_offload_packets",
  "n_offload_bytes",
  "idle_age",
  "hard_age",
]);

function isFlag(word: string): word is FlowFlag {
  return Object.hasOwn(FLOW_FLAGS, word);
}

/** A flow as `ovs-ofctl dump-flows` prints it, without counters. */
export function formatFlow(flow: Flow): string {
  const { cookie, table, priority, flags = [] } = flow;
  const properties = [
    ...(cookie === 0n ? [] : [`cookie=${hex(cookie)}`]),
    `table=${table}`,
    ...Object.entries(NUMBERS).flatMap(([key, name]) => flow[name] ? [`${key}=${flow[name]}`] : []),
    ...flags,
    [`priority=${priority}`, ...formatMatch(flow.match)].join(","),
  ];
  return `${properties.join(", ")} actions=${formatActions(flow.actions)}`;
}

const OWN_KEYS: ReadonlySet<string> = new Set([
  "cookie",
  "table",
  "priority",
  ...Object.keys(NUMBERS),
]);

function splitFlow(text: string): readonly [head: string, actions: string] {
  const found = /(?:^|[\s,])actions?=/.exec(text);
  if (!found) return [text, ""];
  return [text.slice(0, found.index), text.slice(found.index + found[0].length)];
}

/**
 * A flow from text, as `ovs-ofctl add-flow` takes it or `ovs-ofctl dump-flows` prints it.
 *
 * @throws {TypeError} If a field or an action is not known, or has a wrong value.
 */
export function parseFlow(text: string): Flow {
  const [head, actions] = splitFlow(text.trim());
  const words = splitWords(head);
  const own = new Map(words.map((word) => splitPair(word)).filter(([key]) => OWN_KEYS.has(key)));
  const flags = words.filter(isFlag);
  const match = parseMatch(words.filter((word) => {
    const [key] = splitPair(word);
    return !OWN_KEYS.has(key) && !COUNTERS.has(key) && !isFlag(key);
  }));
  const number = (key: string) => parseNumber(own.get(key) ?? "0", MAX_U16);
  const numbers = Object.entries(NUMBERS).map(([key, name]) =>
    number(key) ? { [name]: number(key) } : {}
  );
  return {
    table: number("table"),
    priority: own.has("priority") ? number("priority") : DEFAULT_PRIORITY,
    cookie: parseBig(own.get("cookie") ?? "0"),
    match,
    actions: parseActions(actions, match),
    ...Object.assign({}, ...numbers),
    ...(flags.length > 0 && { flags }),
  };
}

/** A filter as `ovs-ofctl del-flows` takes it. `outPort` is left out. */
export function formatFilter({ table, cookie, cookieMask, match }: FlowFilter): string {
  return [
    ...(table === undefined ? [] : [`table=${table}`]),
    ...(cookie === undefined ? [] : [`cookie=${hex(cookie)}/${hex(cookieMask ?? ones(64))}`]),
    ...formatMatch(match ?? {}),
  ].join(",");
}
