/** How several TrafficControls on one Pod combine, and the ids of what comes out. @module */
import { createHash } from "node:crypto";
import { canonical } from "../../base/canonical.ts";
import type { Copy, Hop, PacketDirection, Treatment } from "../../contracts/mod.ts";
import type { Control } from "../../objects/types.ts";

/** What is done to a Pod's packets in one direction; ports are names. */
export interface Combined {
  readonly id: number;
  readonly copies: readonly Copy<string>[];
  readonly hops: readonly Hop<string>[];
  readonly drop?: true;
  /** Controls whose redirect another one's replaces, with the other one's name. */
  readonly superseded: ReadonlyMap<string, string>;
}
type Content = Omit<Combined, "id" | "superseded">;
type Pair = Hop<string>["pairs"][number];

/** Every pair of a treatment's hops. */
export function pairsOf({ hops = [] }: Treatment | Content): readonly Pair[] {
  return hops.flatMap(({ pairs }: Hop<string>) => pairs);
}

/** Every port that may get a copy, once. */
export function copyPortsOf({ copies = [] }: Treatment | Content): readonly string[] {
  return [...new Set(copies.flatMap(({ to }: Copy<string>) => to))];
}

/** Whether packets go elsewhere, and do not only leave a copy. */
export const diverts = (treatment: Treatment) =>
  treatment.drop === true || pairsOf(treatment).length > 0;

type Scoped = Copy<string> | Hop<string>;
/** An empty scope says the same as none: there is one form for it. */
const scopeOf = ({ scope = {} }: Scoped) => Object.keys(scope).length > 0 ? { scope } : {};

/** A copy without a scope, to one port, is written as no more than the port's name. */
function short(copy: Copy<string>): string | Copy<string> {
  const { to: [port, ...others], scope } = copy;
  return port === undefined || others.length > 0 || scope ? copy : port;
}

function copyText(copy: Copy<string>): string {
  const said = short(copy);
  return typeof said === "string" ? JSON.stringify(said) : canonical(said);
}

/** Hops that are one pair without a scope are written as no more than the pair. */
function hopsText(hops: readonly Hop<string>[]): string {
  const [{ pairs: [pair, ...others], scope } = { pairs: [] }, ...more] = hops;
  if (hops.length === 0) return "null";
  if (!pair || others.length > 0 || scope || more.length > 0) return canonical(hops);
  return JSON.stringify({ target: pair.target, return: pair.return });
}

/** All that a treatment says: treatments that differ in anything have different texts. */
export function treatmentText({ copies, hops, drop }: Content): string {
  return `[[${copies.map(copyText)}],${hopsText(hops)},${drop === true}]`;
}

/**
 * Equal treatments have one id, also after a restart: it follows from their content. And after an upgrade: no text of
 * a treatment that there has been may change.
 */
function idOf(content: Content): number {
  // 0 says "not treated" in the registers.
  return createHash("sha256").update(treatmentText(content)).digest().readUInt32BE(0) || 1;
}

const ids = new WeakMap<Treatment, Combined>();

/**
 * Every copy is made, equal ones once; of the controls with hops the one of the lowest rank has the packets; and a drop beats all hops.
 *
 * @param controls Ready ones that select the Pod, in any order.
 * @param options What cannot be done to its packets.
 * @returns Nothing when none of them is about this direction.
 */
export function combine(
  controls: readonly Control[],
  direction: PacketDirection,
  options: { readonly noRedirect?: boolean; readonly noDrop?: boolean } = {},
): Combined | undefined {
  const acting = controls.filter(({ directions }) => directions.includes(direction));
  const { noRedirect = false, noDrop = false } = options;
  if (acting.length === 1 && !noRedirect && !noDrop) return combineOne(acting[0]!);
  return combineAll(acting, { noRedirect, noDrop });
}

/** The usual case, remembered: a thousand Pods of one control cost one hash. */
function combineOne(control: Control): Combined | undefined {
  const known = ids.get(control.treatment);
  if (known) return known;
  const combined = combineAll([control], { noRedirect: false, noDrop: false });
  if (combined) ids.set(control.treatment, combined);
  return combined;
}

function combineAll(
  controls: readonly Control[],
  { noRedirect, noDrop }: { readonly noRedirect: boolean; readonly noDrop: boolean },
): Combined | undefined {
  const byRank = [...controls].sort((a, b) => a.rank < b.rank ? -1 : 1);
  const copies = distinctCopies(byRank.flatMap(({ treatment }) => treatment.copies ?? []));
  const drop = !noDrop && byRank.some(({ treatment }) => treatment.drop);
  const redirects = byRank.filter(({ treatment }) => pairsOf(treatment).length > 0);
  const hops = noRedirect || drop || !redirects[0] ? [] : hopsOf(redirects[0]);
  if (copies.length === 0 && hops.length === 0 && !drop) return undefined;
  const content = { copies, hops, ...(drop && { drop }) };
  return { ...content, id: idOf(content), superseded: supersededBy(redirects) };
}

/** Equal copies once, in an order that follows from what they say: the usual ones by the names of their ports. */
function distinctCopies(copies: readonly Copy<string>[]): Copy<string>[] {
  const distinct = new Map<string, Copy<string>>();
  for (const given of copies) {
    const copy = { to: given.to, ...scopeOf(given) };
    distinct.set(copyText(copy), copy);
  }
  const rank = (copy: Copy<string>) => {
    const said = short(copy);
    return typeof said === "string" ? said : canonical(said);
  };
  return [...distinct.values()].sort((a, b) => rank(a) < rank(b) ? -1 : 1);
}

function hopsOf({ treatment: { hops = [] } }: Control): Hop<string>[] {
  return hops.map((hop) => ({
    pairs: hop.pairs.map((pair) => ({ target: pair.target, return: pair.return })),
    ...scopeOf(hop),
  }));
}

/** A control that asks for the same hops as the winner is not superseded: its packets go where it wants them. */
function supersededBy(redirects: readonly Control[]): ReadonlyMap<string, string> {
  const [winner, ...others] = redirects;
  if (!winner) return new Map();
  const said = hopsText(hopsOf(winner));
  const losers = others.filter((other) => hopsText(hopsOf(other)) !== said);
  return new Map(losers.map(({ name }) => [name, winner.name]));
}
