/** How the treatments of several TrafficControls on one Pod are combined, and the ids of the results. @module */
import { hash } from "node:crypto";
import { canonical } from "../../base/canonical.ts";
import type { Copy, Hop, PacketDirection, Scope, Treatment } from "../../contracts/mod.ts";
import type { Control } from "../../objects/types.ts";
import { chainOf, effectOf, hopsOf, NOTHING, pairText, scopeOf } from "./chains.ts";

/** Names of the TrafficControls for which something is done. What it does is counted for them. */
export interface Askers {
  /** For each copy, in the order of the copies. */
  readonly copies: readonly string[];
  /** For each hop, in the order of the hops. */
  readonly hops: readonly string[];
  readonly drop?: string;
  /** Those of them that have it counted for each Pod, sorted; absent if there are none. */
  readonly byPod?: readonly string[];
}

/** What is done to a Pod's packets in one direction. Its ports are names of OVS ports. */
export interface CombinedTreatment {
  /** 1 to 2^32 - 1; equal treatments have one id. */
  readonly id: number;
  readonly copies: readonly Copy<string>[];
  readonly hops: readonly Hop<string>[];
  readonly drop?: true;
  /** The scope of the drop; absent if it drops all packets. */
  readonly dropScope?: Scope;
  readonly askers: Askers;
  /** Names of TrafficControls whose redirect is not in effect, each with the name of the one whose redirect is. */
  readonly superseded: ReadonlyMap<string, string>;
}
type Content = Omit<CombinedTreatment, "id" | "superseded">;
type Pair = Hop<string>["pairs"][number];

/** Every pair of a treatment's hops. */
export function pairsOf({ hops = [] }: Treatment | Content): readonly Pair[] {
  return hops.flatMap(({ pairs }: Hop<string>) => pairs);
}

/** Every port that may get a copy, without repetition. */
export function copyPortsOf({ copies = [] }: Treatment | Content): readonly string[] {
  return [...new Set(copies.flatMap(({ to }: Copy<string>) => to))];
}

/** Whether the treatment redirects or drops packets, and does not only copy them. */
export const diverts = (treatment: Treatment) =>
  treatment.drop === true || pairsOf(treatment).length > 0;

/** Whether it is a redirect, also while it drops packets in the place of the pairs that it has not. */
const isRedirect = ({ treatment, isBlocked }: Control) =>
  isBlocked || pairsOf(treatment).length > 0;

/** What TrafficControls do together to the Pods that they select. */
interface Effects {
  /** One of them redirects or drops packets. */
  readonly diverted: boolean;
  readonly redirected: boolean;
}
const effects = new WeakMap<readonly Control[], Effects>();

/** @param controls The list must not change afterwards: what was found out is remembered for it. */
export function effectsOf(controls: readonly Control[]): Effects {
  return effects.getOrInsertComputed(controls, () => ({
    diverted: controls.some(({ treatment }) => diverts(treatment)),
    redirected: controls.some(isRedirect),
  }));
}

/** The short form of a copy: one to a single port, without a scope, is only the port's name. */
function short(copy: Copy<string>): string | Copy<string> {
  const { to: [port, ...others], scope } = copy;
  return port === undefined || others.length > 0 || scope ? copy : port;
}

function copyText(copy: Copy<string>): string {
  const said = short(copy);
  return typeof said === "string" ? JSON.stringify(said) : canonical(said);
}

/** Hops as text. A single pair without a scope is written in a short form, as only the pair. */
function hopsText(hops: readonly Hop<string>[]): string {
  const [{ pairs: [pair, ...others], scope } = { pairs: [] }, ...more] = hops;
  if (hops.length === 0) return "null";
  if (!pair || others.length > 0 || scope || more.length > 0) return canonical(hops);
  return JSON.stringify({ target: pair.target, return: pair.return });
}

/** The short form of a list with one text, which is the usual case: that text alone. */
const oneOrAll = ([first, ...more]: readonly string[]) =>
  first !== undefined && more.length > 0 ? [first, ...more] : first;

/** A treatment as text: treatments that differ in anything have different texts. */
export function treatmentText({ copies, hops, drop, dropScope, askers }: Content): string {
  const { byPod } = askers;
  const who = JSON.stringify([
    askers.copies,
    oneOrAll(askers.hops),
    askers.drop,
    ...byPod ? [byPod] : [],
  ]);
  const dropped = dropScope ? canonical(dropScope) : drop === true;
  return `[[${copies.map(copyText)}],${hopsText(hops)},${dropped},${who}]`;
}

/** The id of a treatment follows from its content, so equal treatments have one id, also after a restart. */
function idOf(content: Content): number {
  // 0 in a register means that the packet has no treatment.
  return hash("sha256", treatmentText(content), "buffer").readUInt32BE(0) || 1;
}

const ofControl = new WeakMap<Treatment, CombinedTreatment>();
/** By list of TrafficControls, then by direction and options. */
const ofList = new WeakMap<readonly Control[], Map<string, CombinedTreatment | undefined>>();

/**
 * Combines the treatments of TrafficControls in one direction. All copies are made, equal ones once. Of several
 * TrafficControls with hops, the hops of the one with the lowest rank are in effect, and if it is part of a chain, those of
 * the whole chain. If one of them drops, no hop is. One that drops only as its pairs are not there has the rank of its
 * redirect, and drops what would be redirected.
 *
 * @param controls The ready TrafficControls that select the Pod, in any order. The list must not change afterwards: what
 * was combined is remembered for it.
 * @param options What must not be done to the Pod's packets.
 * @returns Nothing if nothing is done in this direction.
 */
export function combine(
  controls: readonly Control[],
  direction: PacketDirection,
  options: { readonly noRedirect?: boolean; readonly noDrop?: boolean } = {},
): CombinedTreatment | undefined {
  const { noRedirect = false, noDrop = false } = options;
  const known = ofList.getOrInsertComputed(controls, () => new Map());
  const key = `${direction} ${noRedirect} ${noDrop}`;
  if (known.has(key)) return known.get(key);
  const acting = controls.filter(({ directions }) => directions.includes(direction));
  const inDirection = acting.map((control) => ({ ...control, ...treatmentIn(control, direction) }));
  const isOne = acting.length === 1 && !noRedirect && !noDrop;
  const combined = isOne
    ? combineOne(inDirection[0]!)
    : combineAll(inDirection, { direction, noRedirect, noDrop });
  known.set(key, combined);
  return combined;
}

function treatmentIn({ treatment, ingressTreatment }: Control, direction: PacketDirection) {
  return { treatment: direction === "ingress" ? ingressTreatment ?? treatment : treatment };
}

/** The usual case, one TrafficControl. The result is remembered, so a thousand Pods of it cost one hash. */
function combineOne(control: Control): CombinedTreatment | undefined {
  const known = ofControl.get(control.treatment);
  if (known) return known;
  // The direction does not matter: alone, its hops have one order.
  const options = { direction: "egress", noRedirect: false, noDrop: false } as const;
  const combined = combineAll([control], options);
  if (combined) ofControl.set(control.treatment, combined);
  return combined;
}

interface CombineOptions {
  readonly direction: PacketDirection;
  readonly noRedirect: boolean;
  readonly noDrop: boolean;
}

function combineAll(
  controls: readonly Control[],
  { direction, noRedirect, noDrop }: CombineOptions,
): CombinedTreatment | undefined {
  const byRank = [...controls].sort((a, b) => a.rank < b.rank ? -1 : 1);
  const asked = distinctCopies(byRank);
  const copies = asked.map(({ copy }) => copy);
  const redirects = byRank.filter(isRedirect);
  const dropping = noDrop ? undefined : byRank.find(isDrop);
  const chain = chainOf(redirects, direction);
  const inEffect = noRedirect || dropping ? NOTHING : effectOf(chain);
  const hops = inEffect.hops.map(({ hop }) => hop);
  const dropper = dropping?.name ?? inEffect.dropper;
  if (copies.length === 0 && hops.length === 0 && dropper === undefined) return undefined;
  const content = {
    copies,
    hops,
    ...(dropper !== undefined && { drop: true as const }),
    ...(inEffect.dropScope && { dropScope: inEffect.dropScope }),
    askers: withCountedByPod({
      copies: asked.map(({ asker }) => asker),
      hops: inEffect.hops.map(({ asker }) => asker),
      ...(dropper !== undefined && { drop: dropper }),
    }, controls),
  };
  const superseded = dropping ? overruledBy(dropping, redirects) : supersededBy(redirects, chain);
  return { ...content, id: idOf(content), superseded };
}

function withCountedByPod(askers: Askers, controls: readonly Control[]): Askers {
  const names = new Set([...askers.copies, ...askers.hops, askers.drop]);
  const byPod = controls.filter(({ name, countsByPod }) => countsByPod && names.has(name))
    .map(({ name }) => name).sort();
  return byPod.length > 0 ? { ...askers, byPod } : askers;
}

interface AskedCopy {
  readonly copy: Copy<string>;
  readonly asker: string;
}

/**
 * Copies without repetition, sorted by their contents: those to a single port by the port's name. Of several TrafficControls
 * that ask for the same copy, it counts for the first.
 */
function distinctCopies(byRank: readonly Control[]): AskedCopy[] {
  const distinct = new Map<string, AskedCopy>();
  for (const { name, treatment: { copies = [] } } of byRank) {
    for (const given of copies) {
      const copy = { to: given.to, ...scopeOf(given) };
      distinct.getOrInsert(copyText(copy), { copy, asker: name });
    }
  }
  const rank = ({ copy }: AskedCopy) => {
    const said = short(copy);
    return typeof said === "string" ? said : canonical(said);
  };
  return [...distinct.values()].sort((a, b) => rank(a) < rank(b) ? -1 : 1);
}

const isDrop = ({ treatment, isBlocked }: Control) => treatment.drop === true && !isBlocked;

/** No packet that is dropped gets to a redirect. */
function overruledBy(drop: Control, redirects: readonly Control[]): ReadonlyMap<string, string> {
  const overruled = redirects.filter((redirect) => !isDrop(redirect));
  return new Map(overruled.map(({ name }) => [name, drop.name]));
}

/** A TrafficControl with the same hops as one in effect is not superseded: its packets go where it wants them to go. */
function supersededBy(
  redirects: readonly Control[],
  inEffect: readonly Control[],
): ReadonlyMap<string, string> {
  const [winner] = redirects;
  if (!winner) return new Map();
  const said = new Set(inEffect.map((control) => hopsText(hopsOf(control))));
  const losers = redirects.filter((each) => !said.has(hopsText(hopsOf(each))));
  const samePair = (loser: Control) =>
    inEffect.find((each) => !each.isBlocked && pairText(each) === pairText(loser));
  return new Map(losers.map((each) => [each.name, (samePair(each) ?? winner).name]));
}
