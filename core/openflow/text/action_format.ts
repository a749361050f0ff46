/** Actions as ovs-ofctl prints them: ovs-actions(7). @module */
import { fieldNamed } from "../fields/fields.ts";
import { formatPort, PORT } from "../fields/ports.ts";
import { formatSubfield } from "../fields/subfields.ts";
import { formatValue } from "../fields/values.ts";
import type { Action, ActionOf, ActionType } from "../messages/action_types.ts";
import { inEffectiveOrder } from "../messages/actions.ts";
import { formatConntrack, formatNat } from "./conntrack_text.ts";
import { formatController } from "./controller_text.ts";
import { formatBundle, formatMultipath } from "./hash_text.ts";
import { formatLearn } from "./learn_text.ts";
import { formatSample } from "./sample_text.ts";
import { formatBytes, hex } from "./tokens.ts";

function formatOutput({ port, maxLength }: ActionOf<"output">): string {
  if (maxLength !== undefined) return `output(port=${formatPort(port)},max_len=${maxLength})`;
  return port < PORT.MAX ? `output:${port}` : formatPort(port);
}

function formatResubmit({ table, port, ct }: ActionOf<"resubmit">): string {
  const inPort = port === undefined ? "" : formatPort(port);
  if (table === undefined && port !== undefined && !ct) return `resubmit:${inPort}`;
  return `resubmit(${inPort},${table ?? ""}${ct ? ",ct" : ""})`;
}

function formatTimeouts({ idleTimeout, hardTimeout }: ActionOf<"fin_timeout">): string {
  return [
    ...(idleTimeout ? [`idle_timeout=${idleTimeout}`] : []),
    ...(hardTimeout ? [`hard_timeout=${hardTimeout}`] : []),
  ].join(",");
}

function formatSetField({ field, value, mask }: ActionOf<"set_field">): string {
  const given = mask === undefined ? { value } : { value, mask };
  return `set_field:${formatValue(given, fieldNamed(field))}->${fieldNamed(field).name}`;
}

function formatNatAction(action: ActionOf<"nat">): string {
  const inside = formatNat(action);
  return inside ? `nat(${inside})` : "nat";
}

function formatMetadata({ value, mask }: ActionOf<"write_metadata">): string {
  return `write_metadata:${hex(value)}${mask === undefined ? "" : `/${hex(mask)}`}`;
}

const itsName = ({ type }: { readonly type: string }) => type;
const ethertype = ({ type, ethertype }: ActionOf<"push_vlan" | "push_mpls" | "pop_mpls">) =>
  `${type}:0x${ethertype.toString(16).padStart(4, "0")}`;

const FORMATTERS: { readonly [Type in ActionType]: (action: ActionOf<Type>) => string } = {
  output: formatOutput,
  output_field: ({ from }) => `output:${formatSubfield(from)}`,
  controller: formatController,
  group: ({ group }) => `group:${group}`,
  set_field: formatSetField,
  move: ({ from, to }) => `move:${formatSubfield(from)}->${formatSubfield(to)}`,
  load: ({ value, to }) => `load:${hex(value)}->${formatSubfield(to)}`,
  push: ({ subfield }) => `push:${formatSubfield(subfield)}`,
  pop: ({ subfield }) => `pop:${formatSubfield(subfield)}`,
  learn: (action) => `learn(${formatLearn(action)})`,
  resubmit: formatResubmit,
  clone: ({ actions }) => `clone(${formatList(actions)})`,
  push_vlan: ethertype,
  push_mpls: ethertype,
  pop_mpls: ethertype,
  pop_vlan: itsName,
  dec_mpls_ttl: itsName,
  pop_queue: itsName,
  ct_clear: itsName,
  exit: itsName,
  dec_nsh_ttl: itsName,
  dec_ttl: ({ ids }) => ids ? `dec_ttl(${ids.join(",")})` : "dec_ttl",
  set_mpls_ttl: ({ ttl }) => `set_mpls_ttl(${ttl})`,
  set_nw_ttl: ({ ttl }) => `mod_nw_ttl:${ttl}`,
  set_queue: ({ queue }) => `set_queue:${queue}`,
  conjunction: ({ id, clause, clauses }) => `conjunction(${id},${clause + 1}/${clauses})`,
  note: ({ bytes }) => `note:${formatBytes(bytes)}`,
  fin_timeout: (action) => `fin_timeout(${formatTimeouts(action)})`,
  check_pkt_larger: ({ length, to }) => `check_pkt_larger(${length})->${formatSubfield(to)}`,
  delete_field: ({ field }) => `delete_field:${field}`,
  ct: (action) => `ct(${formatConntrack(action, formatList)})`,
  nat: formatNatAction,
  multipath: formatMultipath,
  bundle: formatBundle,
  sample: formatSample,
  raw: ({ bytes }) => `raw(${bytes.toHex()})`,
  meter: ({ meter }) => `meter:${meter}`,
  clear_actions: itsName,
  write_actions: ({ actions }) => `write_actions(${formatActions(actions)})`,
  write_metadata: formatMetadata,
  goto_table: ({ table }) => `goto_table:${table}`,
};

function formatAction(action: Action): string {
  const format = FORMATTERS[action.type] as (action: Action) => string;
  return format(action);
}

function formatList(actions: readonly Action[]): string {
  return actions.map(formatAction).join(",");
}

/** A list of actions as ovs-ofctl prints it; `drop` if it is empty. */
export function formatActions(actions: readonly Action[]): string {
  return formatList(inEffectiveOrder(actions)) || "drop";
}
