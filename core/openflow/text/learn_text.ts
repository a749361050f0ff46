/** The action `learn` to and from the text of ovs-ofctl: ovs-actions(7), `learn`. @module */
import { fieldNamed } from "../fields/fields.ts";
import {
  formatSubfield,
  parseSubfield,
  type Subfield,
  wholeField,
  widthOf,
} from "../fields/subfields.ts";
import { formatValue, parseValue } from "../fields/values.ts";
import { optional } from "../messages/action_codec.ts";
import type { LearnAction, LearnSpec } from "../messages/action_types.ts";
import { DEFAULT_PRIORITY } from "../messages/flow.ts";
import { hex, parseBig, parseNumber, splitList, splitPair } from "./tokens.ts";

const DEFAULT_TABLE = 1;
const MAX_U16 = 0xffff;

/** The timeouts, by their keys in text. */
const NUMBERS = {
  idle_timeout: "idleTimeout",
  hard_timeout: "hardTimeout",
  fin_idle_timeout: "finIdleTimeout",
  fin_hard_timeout: "finHardTimeout",
} as const;

function isWhole(subfield: Subfield): boolean {
  return subfield.start === 0 && subfield.end === wholeField(subfield.field).end;
}

function formatMatchValue(value: bigint, to: Subfield): string {
  if (!isWhole(to)) return `${formatSubfield(to)}=${hex(value)}`;
  return `${to.field}=${formatValue({ value }, fieldNamed(to.field))}`;
}

function isSame(a: Subfield, b: Subfield): boolean {
  return a.field === b.field && a.start === b.start;
}

function formatSpec(spec: LearnSpec): string {
  switch (spec.type) {
    case "match_field":
      return isSame(spec.from, spec.to)
        ? formatSubfield(spec.to)
        : `${formatSubfield(spec.to)}=${formatSubfield(spec.from)}`;
    case "match_value":
      return formatMatchValue(spec.value, spec.to);
    case "load_field":
      return `load:${formatSubfield(spec.from)}->${formatSubfield(spec.to)}`;
    case "load_value":
      return `load:${hex(spec.value)}->${formatSubfield(spec.to)}`;
    case "output":
      return `output:${formatSubfield(spec.from)}`;
  }
}

/** A `learn` action as text: what stands inside its parentheses. */
export function formatLearn(action: LearnAction): string {
  const { table, priority, cookie, limit, result, sendFlowRemoved, deleteLearned, specs } = action;
  const timeouts = Object.entries(NUMBERS).map(([key, property]) =>
    action[property] ? [`${key}=${action[property]}`] : []
  );
  return [
    `table=${table}`,
    ...timeouts.flat(),
    ...(priority === DEFAULT_PRIORITY ? [] : [`priority=${priority}`]),
    ...(sendFlowRemoved ? ["send_flow_rem"] : []),
    ...(deleteLearned ? ["delete_learned"] : []),
    ...(cookie === 0n ? [] : [`cookie=${hex(cookie)}`]),
    ...(limit ? [`limit=${limit}`] : []),
    ...(result ? [`result_dst=${formatSubfield(result)}`] : []),
    ...specs.map(formatSpec),
  ].join(",");
}

function parseLoad(text: string): LearnSpec {
  const [from = "", to = ""] = text.split("->");
  const destination = parseSubfield(to);
  if (/^\d/.test(from)) return { type: "load_value", value: parseBig(from), to: destination };
  return { type: "load_field", from: parseSubfield(from), to: destination };
}

function parseMatchSpec(key: string, text: string | undefined): LearnSpec {
  const to = parseSubfield(key);
  if (text === undefined) return { type: "match_field", from: to, to };
  if (/^[A-Za-z_]\w*(\[[\d.]*\])?$/.test(text)) {
    return { type: "match_field", from: parseSubfield(text), to };
  }
  const spec = fieldNamed(to.field);
  const value = isWhole(to) ? parseValue(text, spec).value : parseBig(text);
  if (value >> BigInt(widthOf(to)) !== 0n) {
    throw new TypeError(
      `Cannot match "${key}" with "${text}": the value has more bits than the field`,
    );
  }
  return { type: "match_value", value, to };
}

function parseSpec(word: string): LearnSpec {
  if (word.startsWith("load:")) return parseLoad(word.slice("load:".length));
  if (word.startsWith("output:")) {
    return { type: "output", from: parseSubfield(word.slice("output:".length)) };
  }
  const [key, text] = splitPair(word);
  return parseMatchSpec(key, text);
}

const PROPERTY_KEYS: ReadonlySet<string> = new Set([
  ...Object.keys(NUMBERS),
  "table",
  "priority",
  "cookie",
  "limit",
  "result_dst",
  "send_flow_rem",
  "delete_learned",
]);

/** A `learn` action from what stands inside its parentheses. @throws {TypeError} If that is not well formed. */
export function parseLearn(text: string): LearnAction {
  const words = splitList(text);
  const isProperty = (word: string) => PROPERTY_KEYS.has(splitPair(word)[0]);
  const properties = new Map(words.filter(isProperty).map((word) => splitPair(word)));
  const timeouts = Object.entries(NUMBERS).map(([key, property]) => {
    const value = parseNumber(properties.get(key) ?? "0", MAX_U16);
    return value === 0 ? {} : { [property]: value };
  });
  const limit = parseNumber(properties.get("limit") ?? "0");
  const result = properties.get("result_dst");
  return {
    type: "learn",
    table: parseNumber(properties.get("table") ?? String(DEFAULT_TABLE)),
    priority: parseNumber(properties.get("priority") ?? String(DEFAULT_PRIORITY), MAX_U16),
    cookie: parseBig(properties.get("cookie") ?? "0"),
    ...Object.assign({}, ...timeouts),
    ...optional("limit", limit || undefined),
    ...optional("result", result === undefined ? undefined : parseSubfield(result)),
    ...(properties.has("send_flow_rem") && { sendFlowRemoved: true }),
    ...(properties.has("delete_learned") && { deleteLearned: true }),
    specs: words.filter((word) => !isProperty(word)).map(parseSpec),
  };
}
