/** Actions from the text of ovs-ofctl: ovs-actions(7). @module */
import type { Match } from "../fields/field_types.ts";
import { fieldNamed, findField } from "../fields/fields.ts";
import { VLAN_PRESENT } from "../fields/match.ts";
import { parsePort, PORT } from "../fields/ports.ts";
import { parseSubfield, type Subfield } from "../fields/subfields.ts";
import { parseValue } from "../fields/values.ts";
import type { Action, ActionOf, ActionType } from "../messages/action_types.ts";
import { ALL_BYTES } from "../messages/controller_action.ts";
import { parseConntrack, parseNat } from "./conntrack_text.ts";
import { parseController } from "./controller_text.ts";
import { parseBundle, parseMultipath } from "./hash_text.ts";
import { parseLearn } from "./learn_text.ts";
import { nameInContext } from "./match_text.ts";
import { parseSample } from "./sample_text.ts";
import { parseBig, parseBytes, parseNumber, splitList, splitPair } from "./tokens.ts";

/**
 * Reads what stands after the name of an action. Some actions depend on the protocol or the tag that the flow matches.
 */
type Parse = (text: string, match: Match) => Action | readonly Action[];

const VLAN_ETHERTYPE = 0x8100;
const DSCP_SHIFT = 2n;

function setField(field: string, text: string): ActionOf<"set_field"> {
  const spec = fieldNamed(field);
  return { type: "set_field", field: spec.name, ...parseValue(text, spec) };
}

/** Splits `value->field`. */
function arrow(text: string): readonly [from: string, to: string] {
  const at = text.lastIndexOf("->");
  if (at < 0) throw new TypeError(`Cannot read "${text}": no "->" in it`);
  return [text.slice(0, at), text.slice(at + 2)];
}

function parseOutput(text: string): Action {
  if (!text.includes("=")) {
    const isField = findField(text.replace(/\[.*/, "")) !== undefined;
    return isField ? { type: "output_field", from: parseSubfield(text) } : toPort(parsePort(text));
  }
  const values = new Map(splitList(text).map((word) => splitPair(word)));
  const port = parsePort(values.get("port") ?? "");
  return { type: "output", port, maxLength: parseNumber(values.get("max_len") ?? "") };
}

function toPort(port: number): Action {
  return port === PORT.CONTROLLER
    ? { type: "controller", maxLength: ALL_BYTES }
    : { type: "output", port };
}

function parseResubmit(text: string): Action {
  if (!text.includes(",")) return { type: "resubmit", port: parsePort(text) };
  const [port, table, ct] = text.split(",").map((part) => part.trim());
  return {
    type: "resubmit",
    ...(table && { table: parseNumber(table) }),
    ...(port && { port: parsePort(port) }),
    ...(ct === "ct" && { ct: true }),
  };
}

function parseConjunction(text: string): Action {
  const [id = "", clause = "", clauses = ""] = text.split(/[,/]/).map((part) => part.trim());
  return {
    type: "conjunction",
    id: parseNumber(id),
    clause: parseNumber(clause) - 1,
    clauses: parseNumber(clauses),
  };
}

function parseFinTimeout(text: string): Action {
  const values = new Map(splitList(text).map((word) => splitPair(word)));
  const number = (key: string) => parseNumber(values.get(key) ?? "0");
  return {
    type: "fin_timeout",
    idleTimeout: number("idle_timeout"),
    hardTimeout: number("hard_timeout"),
  };
}

function parseMetadata(text: string): Action {
  const [value = "", mask] = text.split("/");
  return {
    type: "write_metadata",
    value: parseBig(value),
    ...(mask !== undefined && { mask: parseBig(mask) }),
  };
}

/** If the flow does not match packets with a tag, one is pushed first: ovs-actions(7), `mod_vlan_vid`. */
function onTag(match: Match, action: Action): Action[] {
  const tagged = match.vlan_vid && (match.vlan_vid.value & VLAN_PRESENT) !== 0n;
  return tagged ? [action] : [{ type: "push_vlan", ethertype: VLAN_ETHERTYPE }, action];
}

function modTransport(name: "tp_src" | "tp_dst"): Parse {
  return (text, match) => setField(nameInContext(name, match), text);
}

type Ethertype = "push_vlan" | "push_mpls" | "pop_mpls";
const ethertype = (type: Ethertype): Parse => (text) => ({ type, ethertype: parseNumber(text) });
const mod = (field: string): Parse => (text) => setField(field, text);
const port = (port: number): Parse => () => toPort(port);
type Empty =
  & ActionOf<
    | "pop_vlan"
    | "dec_mpls_ttl"
    | "pop_queue"
    | "ct_clear"
    | "exit"
    | "dec_nsh_ttl"
    | "clear_actions"
  >["type"]
  & ActionType;
const empty = (type: Empty): Parse => () => ({ type } as Action);
const stack = (type: "push" | "pop"): Parse => (text) => ({ type, subfield: parseSubfield(text) });
const transfer = (text: string): readonly [Subfield, Subfield] => {
  const [from, to] = arrow(text);
  return [parseSubfield(from), parseSubfield(to)];
};

const PARSERS: Readonly<Record<string, Parse>> = {
  drop: () => [],
  output: parseOutput,
  controller: parseController,
  in_port: port(PORT.IN_PORT),
  normal: port(PORT.NORMAL),
  flood: port(PORT.FLOOD),
  all: port(PORT.ALL),
  local: port(PORT.LOCAL),
  table: port(PORT.TABLE),
  group: (text) => ({ type: "group", group: parseNumber(text) }),
  set_field: (text) => {
    const [value, field] = arrow(text);
    return setField(field, value);
  },
  move: (text) => {
    const [from, to] = transfer(text);
    return { type: "move", from, to };
  },
  load: (text) => {
    const [value, to] = arrow(text);
    return { type: "load", value: parseBig(value), to: parseSubfield(to) };
  },
  push: stack("push"),
  pop: stack("pop"),
  learn: parseLearn,
  resubmit: parseResubmit,
  clone: (text, match) => ({ type: "clone", actions: parseActions(text, match) }),
  push_vlan: ethertype("push_vlan"),
  push_mpls: ethertype("push_mpls"),
  pop_mpls: ethertype("pop_mpls"),
  pop_vlan: empty("pop_vlan"),
  strip_vlan: empty("pop_vlan"),
  dec_mpls_ttl: empty("dec_mpls_ttl"),
  pop_queue: empty("pop_queue"),
  ct_clear: empty("ct_clear"),
  exit: empty("exit"),
  dec_nsh_ttl: empty("dec_nsh_ttl"),
  clear_actions: empty("clear_actions"),
  dec_ttl: (text) =>
    text === ""
      ? { type: "dec_ttl" }
      : { type: "dec_ttl", ids: splitList(text).map((id) => parseNumber(id)) },
  set_mpls_ttl: (text) => ({ type: "set_mpls_ttl", ttl: parseNumber(text) }),
  set_mpls_label: mod("mpls_label"),
  set_mpls_tc: mod("mpls_tc"),
  mod_nw_ttl: (text) => ({ type: "set_nw_ttl", ttl: parseNumber(text) }),
  set_queue: (text) => ({ type: "set_queue", queue: parseNumber(text) }),
  set_tunnel: mod("tun_id"),
  set_tunnel64: mod("tun_id"),
  conjunction: parseConjunction,
  note: (text) => ({ type: "note", bytes: parseBytes(text) }),
  fin_timeout: parseFinTimeout,
  check_pkt_larger: (text) => {
    const [length, to] = arrow(text);
    return { type: "check_pkt_larger", length: parseNumber(length), to: parseSubfield(to) };
  },
  delete_field: (text) => ({ type: "delete_field", field: fieldNamed(text).name }),
  ct: (text, match) => parseConntrack(text, (inner) => parseActions(inner, match)),
  nat: parseNat,
  multipath: parseMultipath,
  bundle: parseBundle,
  bundle_load: parseBundle,
  sample: parseSample,
  raw: (text) => ({ type: "raw", bytes: parseBytes(text) }),
  meter: (text) => ({ type: "meter", meter: parseNumber(text) }),
  write_actions: (text, match) => ({ type: "write_actions", actions: parseActions(text, match) }),
  write_metadata: parseMetadata,
  goto_table: (text) => ({ type: "goto_table", table: parseNumber(text) }),
  mod_dl_src: mod("eth_src"),
  mod_dl_dst: mod("eth_dst"),
  mod_nw_src: mod("ip_src"),
  mod_nw_dst: mod("ip_dst"),
  mod_nw_ecn: mod("ip_ecn"),
  mod_nw_tos: (text) => ({
    type: "set_field",
    field: "ip_dscp",
    value: parseBig(text) >> DSCP_SHIFT,
  }),
  mod_tp_src: modTransport("tp_src"),
  mod_tp_dst: modTransport("tp_dst"),
  mod_vlan_vid: (text, match) =>
    onTag(match, { type: "set_field", field: "vlan_vid", value: parseBig(text) | VLAN_PRESENT }),
  mod_vlan_pcp: (text, match) => onTag(match, setField("vlan_pcp", text)),
};

/** `name`, `name:text`, `name=text`, `name(text)` and `name(text)->more`. */
const ACTION = /^(?<name>\w+)(?:[:=](?<text>.*)|\((?<inside>.*)\)(?<more>->.*)?)?$/s;

function parseAction(word: string, match: Match): readonly Action[] {
  const groups = ACTION.exec(word)?.groups;
  const name = groups?.name?.toLowerCase() ?? "";
  if (groups && Object.hasOwn(PARSERS, name)) {
    const parse = PARSERS[name]!;
    const actions = parse((groups.text ?? groups.inside ?? "") + (groups.more ?? ""), match);
    return Array.isArray(actions) ? actions : [actions as Action];
  }
  if (/^\d+$/.test(word)) return [toPort(parsePort(word))];
  throw new TypeError(`Cannot read action "${word}": no action has that name`);
}

/**
 * A list of actions from text, as ovs-ofctl takes it.
 *
 * @param match What the flow matches: it decides what some older names mean.
 * @throws {TypeError} If an action is not known, or is not well formed.
 */
export function parseActions(text: string, match: Match = {}): Action[] {
  return splitList(text).flatMap((word) => parseAction(word, match));
}
