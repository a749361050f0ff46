/** Actions that choose by hash, in ovs-ofctl's syntax, both ways: ovs-actions(7), `multipath` and `bundle`. @module */
import { formatPort, parsePort } from "../fields/ports.ts";
import { formatSubfield, parseSubfield } from "../fields/subfields.ts";
import { optional } from "../messages/action_codec.ts";
import type { BundleAction, MultipathAction } from "../messages/action_types.ts";
import { BUNDLE_ALGORITHMS, HASH_FIELDS, MULTIPATH_ALGORITHMS } from "../messages/hash_actions.ts";
import { parseNumber, splitList } from "./tokens.ts";

/** The whole action. */
export function formatMultipath(action: MultipathAction): string {
  const { fields, basis, algorithm, links, argument, to } = action;
  return `multipath(${fields},${basis},${algorithm},${links},${argument},${formatSubfield(to)})`;
}

/** The whole action. */
export function formatBundle({ fields, basis, algorithm, members, to }: BundleAction): string {
  const start = `${fields},${basis},${algorithm},ofport`;
  const ports = `members:${members.map(formatPort).join(",")}`;
  return to ? `bundle_load(${start},${formatSubfield(to)},${ports})` : `bundle(${start},${ports})`;
}

function named<Name extends string>(names: readonly Name[], text: string | undefined): Name {
  const found = names.find((name) => name === text);
  if (found === undefined) throw new TypeError(`Cannot use "${text}": not one of ${names.join()}`);
  return found;
}

/** @throws {TypeError} If what stood in the parentheses is not understood. */
export function parseMultipath(text: string): MultipathAction {
  const [fields, basis = "", algorithm, links = "", argument = "", to = ""] = splitList(text);
  return {
    type: "multipath",
    fields: named(HASH_FIELDS, fields),
    basis: parseNumber(basis),
    algorithm: named(MULTIPATH_ALGORITHMS, algorithm),
    links: parseNumber(links),
    argument: parseNumber(argument),
    to: parseSubfield(to),
  };
}

/** @throws {TypeError} If what stood in the parentheses is not understood. */
export function parseBundle(text: string): BundleAction {
  const [before = "", members = ""] = text.split(/,?(?:members|slaves):/);
  const [fields, basis = "", algorithm, , to] = splitList(before);
  return {
    type: "bundle",
    fields: named(HASH_FIELDS, fields),
    basis: parseNumber(basis),
    algorithm: named(BUNDLE_ALGORITHMS, algorithm),
    members: splitList(members).map(parsePort),
    ...optional("to", to === undefined ? undefined : parseSubfield(to)),
  };
}
