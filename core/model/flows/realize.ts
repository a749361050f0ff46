/** Replaces the names of ports in treatments and pairs by the ports of the bridge. @module */
import type {
  Copy,
  Hop,
  Leg,
  PacketDirection,
  Pair,
  Realized,
  RealizedCopy,
  RealizedTreatment,
  Scope,
  SwitchPort,
} from "../../contracts/mod.ts";
import type { CombinedTreatment } from "../pods/treatments.ts";
import { counterID, counterIDs } from "./counters.ts";
import { controlID, copyIDs, filterOf, isScoped, legID, type NamedLeg } from "./legs.ts";
import { capOf } from "./meters.ts";
import { type FindPort, type NamedPair, needsChoice, numberIn } from "../choices/choices.ts";

/** The pair with the ports of the bridge; nothing if one of the two ports is not on the bridge. */
export function realizePair(pair: NamedPair, find: FindPort): Pair | undefined {
  const target = find(pair.target);
  const returned = find(pair.return);
  return target && returned && { target, return: returned };
}

export interface RealizeContext {
  readonly find: FindPort;
  /** Whether what a Pod on the node sends may get to the same ports by a leg. */
  readonly isContended: (copy: Copy<string>) => boolean;
  /** Hops that have left the chain, from which packets may still come back. */
  readonly left?: readonly Hop<string>[];
}

/**
 * The treatment with the ports of the bridge. Ports that are not there are left out, and copies and hops without ports.
 */
export function realize(
  combined: CombinedTreatment,
  direction: PacketDirection,
  around: RealizeContext,
): RealizedTreatment {
  const { id, hops } = combined;
  const counters = counterIDs(combined, direction);
  const realizedHops = hops.map((hop, at) => ({
    ...realizeHop(hop, around.find),
    ...filterIn(hop, direction),
    counter: counters.hops[at]!,
  }));
  return {
    id,
    copies: realizeCopies(combined, direction, around),
    hops: realizedHops.filter(({ pairs }) => pairs.length > 0),
    ...realizeLeft(around),
    ...(counters.drop !== undefined && {
      drop: { counter: counters.drop, ...filterIn({ scope: combined.dropScope }, direction) },
    }),
  };
}

function realizeLeft({ left = [], find }: RealizeContext) {
  const there = left.map((hop) => realizeHop(hop, find)).filter(({ pairs }) => pairs.length > 0);
  return there.length > 0 ? { left: there } : {};
}

function filterIn(part: { readonly scope?: Scope | undefined }, direction: PacketDirection) {
  const filter = filterOf(part, direction);
  return filter && { filter: filter.id };
}

type Uncounted<Part> = Omit<Realized<Part>, "counter">;

function realizeCopies(
  combined: CombinedTreatment,
  direction: PacketDirection,
  { find, isContended }: RealizeContext,
): RealizedCopy[] {
  const counters = counterIDs(combined, direction).copies;
  const all = combined.copies.map((copy, at): RealizedCopy => {
    const counted = { ...realizeCopy(copy, find), counter: counters[at]! };
    const contended = direction === "ingress" && isContended(copy);
    if (!contended && !isScoped(copy)) return counted;
    const ids = copyIDs(combined, direction)[at]!;
    return { ...counted, ...ids, ...(contended && { isContended: true }) };
  });
  return all.filter(({ to }) => to.length > 0);
}

function realizeCopy(copy: Copy<string>, find: FindPort): Uncounted<Copy<SwitchPort>> {
  const choice = needsChoice(copy) ? numberIn(copy, find) : undefined;
  return { ...copy, to: present(copy.to.map(find)), ...(choice !== undefined && { choice }) };
}

/** The copy of a leg; nothing if none of its ports is on the bridge. */
export function realizeLeg(leg: NamedLeg, find: FindPort): Leg | undefined {
  const { control, direction, copy } = leg;
  const realized = realizeCopy(copy, find);
  if (realized.to.length === 0) return undefined;
  const counter = counterID({ control, direction, counts: "copied" });
  const id = legID(leg);
  const meter = capOf(leg)?.id;
  const whole = { ...realized, ...filterIn(copy, direction), counter, leg: id };
  return {
    id,
    direction,
    control: controlID(control),
    ...(meter !== undefined && { meter }),
    copy: whole,
  };
}

function realizeHop(hop: Hop<string>, find: FindPort): Uncounted<Hop<SwitchPort>> {
  const choice = needsChoice(hop) ? numberIn(hop, find) : undefined;
  const pairs = present(hop.pairs.map((pair) => realizePair(pair, find)));
  return { ...hop, pairs, ...(choice !== undefined && { choice }) };
}

const present = <T>(values: readonly (T | undefined)[]): T[] =>
  values.filter((value) => value !== undefined);
