/**
 * Actions that choose by a hash, to and from the text of ovs-ofctl: ovs-actions(7), `multipath` and `bundle`.
 * @module
 */
import { formatPort, parsePort } from "../fields/ports.ts";
import { formatSubfield, parseSubfield } from "../fields/subfields.ts";
import { optional } from "../messages/action_codec.ts";
import type { BundleAction, MultipathAction } from "../messages/action_types.ts";
import { BUNDLE_ALGORITHMS, HASH_FIELDS, MULTIPATH_ALGORITHMS } from "../messages/hash_actions.ts";
import { parseNumber, splitList } from "./tokens.ts";

/** A `multipath` action as text, with its name. */
export function formatMultipath(action: MultipathAction): string {
  const { fields, basis, algorithm, links, argument, to } = action;
  return `multipath(${fields},${basis},${algorithm},${links},${argument},${formatSubfield(to)})`;
}

/** A `bundle` or `bundle_load` action as text, with its name. */
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

/** A `multipath` action from what stands inside its parentheses. @throws {TypeError} If that is not well formed. */
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

/** A `bundle` action from what stands inside its parentheses. @throws {TypeError} If that is not well formed. */
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
