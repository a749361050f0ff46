/** The actions `ct` and `nat` to and from the text of ovs-ofctl: ovs-actions(7), `ct`. @module */
import { fieldNamed } from "../fields/fields.ts";
import { formatSubfield, parseSubfield, type Subfield } from "../fields/subfields.ts";
import { formatValue, parseValue } from "../fields/values.ts";
import { optional } from "../messages/action_codec.ts";
import type { Action, ConntrackAction, NatAction, NatOption } from "../messages/action_types.ts";
import { parseNumber, splitList, splitPair } from "./tokens.ts";

/** The protocols whose connections can be followed, by their well-known ports. */
const ALGORITHMS: ReadonlyMap<number, string> = new Map([[21, "ftp"], [69, "tftp"]]);
const NAT_OPTIONS: readonly NatOption[] = ["persistent", "hash", "random"];
const ADDRESS_FIELDS = { ipv4: "ip_src", ipv6: "ipv6_src" } as const;

function formatZone(zone: number | Subfield): string {
  return typeof zone === "number" ? String(zone) : formatSubfield(zone);
}

/** A `ct` action as text: what stands inside its parentheses. */
export function formatConntrack(
  action: ConntrackAction,
  formatActions: (actions: readonly Action[]) => string,
): string {
  const { commit, force, table, zone, algorithmPort, actions = [] } = action;
  const nat = actions[0]?.type === "nat" ? actions.slice(0, 1) : [];
  const others = actions.slice(nat.length);
  return [
    ...(commit ? ["commit"] : []),
    ...(force ? ["force"] : []),
    ...(table === undefined ? [] : [`table=${table}`]),
    ...(zone === undefined ? [] : [`zone=${formatZone(zone)}`]),
    ...(nat.length > 0 ? [formatActions(nat)] : []),
    ...(others.length > 0 ? [`exec(${formatActions(others)})`] : []),
    ...(algorithmPort === undefined
      ? []
      : [`alg=${ALGORITHMS.get(algorithmPort) ?? algorithmPort}`]),
  ].join(",");
}

function parseAlgorithm(text: string): number {
  const named = [...ALGORITHMS].find(([, name]) => name === text);
  return named ? named[0] : parseNumber(text);
}

/** A `ct` action from what stands inside its parentheses. @throws {TypeError} If that is not well formed. */
export function parseConntrack(
  text: string,
  parseActions: (text: string) => Action[],
): ConntrackAction {
  const words = splitList(text);
  const values = new Map(words.map((word) => splitPair(word)));
  const exec = words.find((word) => word.startsWith("exec("))?.slice("exec(".length, -1);
  const nats = words.filter((word) => /^nat\b/.test(word));
  const actions = [...parseActions(nats.join(",")), ...parseActions(exec ?? "")];
  const [table, zone, algorithm] = [values.get("table"), values.get("zone"), values.get("alg")];
  return {
    type: "ct",
    ...(values.has("commit") && { commit: true }),
    ...(values.has("force") && { force: true }),
    ...(table !== undefined && { table: parseNumber(table) }),
    ...(zone !== undefined && zone !== "0" &&
      { zone: /^\d/.test(zone) ? parseNumber(zone) : parseSubfield(zone) }),
    ...(algorithm !== undefined && { algorithmPort: parseAlgorithm(algorithm) }),
    ...(actions.length > 0 && { actions }),
  };
}

function formatAddresses({ family, firstAddress, lastAddress, firstPort }: NatAction): string {
  if (!family) return "";
  const bracketed = family === "ipv6" && firstPort !== undefined;
  const format = (value: bigint) => {
    const text = formatValue({ value }, fieldNamed(ADDRESS_FIELDS[family]));
    return bracketed ? `[${text}]` : text;
  };
  return [firstAddress, lastAddress].filter((each) => each !== undefined).map(format).join("-");
}

/** A `nat` action as text: what stands inside its parentheses; an empty text if it has none. */
export function formatNat(action: NatAction): string {
  const { direction, firstPort, lastPort, options = [] } = action;
  if (!direction) return "";
  const ports = [firstPort, lastPort].filter((each) => each !== undefined).join("-");
  const range = `${formatAddresses(action)}${ports && `:${ports}`}`;
  return [range ? `${direction}=${range}` : direction, ...options].join(",");
}

const IPV4_RANGE = /^(?<first>[\d.]+)(?:-(?<last>[\d.]+))?(?::(?<ports>[\d-]+))?$/;
const IPV6_RANGE =
  /^\[?(?<first>[0-9a-f:.]+)\]?(?:-\[?(?<last>[0-9a-f:.]+)\]?)?(?:(?<=\]):(?<ports>[\d-]+))?$/i;

function parseRange(text: string): Partial<NatAction> {
  const family = IPV4_RANGE.test(text) ? "ipv4" : "ipv6";
  const groups = (family === "ipv4" ? IPV4_RANGE : IPV6_RANGE).exec(text)?.groups;
  if (!groups) {
    throw new TypeError(
      `Cannot use addresses "${text}": they do not have the form first-last:port-port`,
    );
  }
  const spec = fieldNamed(ADDRESS_FIELDS[family]);
  const address = (each: string | undefined) =>
    each === undefined ? undefined : parseValue(each, spec).value;
  const [firstPort, lastPort] = groups.ports?.split("-").map((port) => parseNumber(port)) ?? [];
  return {
    family,
    ...optional("firstAddress", address(groups.first)),
    ...optional("lastAddress", address(groups.last)),
    ...optional("firstPort", firstPort),
    ...optional("lastPort", lastPort),
  };
}

/** A `nat` action from what stands inside its parentheses. @throws {TypeError} If that is not well formed. */
export function parseNat(text: string): NatAction {
  const words = splitList(text);
  const options = NAT_OPTIONS.filter((option) => words.includes(option));
  const [direction, range] = splitPair(words[0] ?? "");
  if (direction !== "src" && direction !== "dst") return { type: "nat" };
  return {
    type: "nat",
    direction,
    ...(range !== undefined && parseRange(range)),
    ...(options.length > 0 && { options }),
  };
}
