/** Replaces the names of ports in treatments and pairs by the ports of the bridge. @module */
import type {
  Copy,
  Hop,
  Pair,
  Realized,
  RealizedTreatment,
  SwitchPort,
} from "../../contracts/mod.ts";
import type { PacketDirection } from "../../contracts/mod.ts";
import type { CombinedTreatment } from "../pods/treatments.ts";
import { counterIDs } from "./counters.ts";
import { type FindPort, type NamedPair, needsChoice, numberIn } from "../choices/choices.ts";

/** The pair with the ports of the bridge; nothing if one of the two ports is not on the bridge. */
export function realizePair(pair: NamedPair, find: FindPort): Pair | undefined {
  const target = find(pair.target);
  const returned = find(pair.return);
  return target && returned && { target, return: returned };
}

/**
 * The treatment with the ports of the bridge. Ports that are not there are left out, and copies and hops without ports.
 */
export function realize(
  combined: CombinedTreatment,
  direction: PacketDirection,
  find: FindPort,
): RealizedTreatment {
  const { id, copies, hops } = combined;
  const counters = counterIDs(combined, direction);
  return {
    id,
    copies: copies.map((copy, at) => ({
      ...realizeCopy(copy, find),
      counter: counters.copies[at]!,
    }))
      .filter(({ to }) => to.length > 0),
    hops: hops.map((hop) => ({ ...realizeHop(hop, find), counter: counters.hops! }))
      .filter(({ pairs }) => pairs.length > 0),
    ...(counters.drop !== undefined && { drop: { counter: counters.drop } }),
  };
}

type Uncounted<Part> = Omit<Realized<Part>, "counter">;

function realizeCopy(copy: Copy<string>, find: FindPort): Uncounted<Copy<SwitchPort>> {
  const choice = needsChoice(copy) ? numberIn(copy, find) : undefined;
  return { ...copy, to: present(copy.to.map(find)), ...(choice !== undefined && { choice }) };
}

function realizeHop(hop: Hop<string>, find: FindPort): Uncounted<Hop<SwitchPort>> {
  const choice = needsChoice(hop) ? numberIn(hop, find) : undefined;
  const pairs = present(hop.pairs.map((pair) => realizePair(pair, find)));
  return { ...hop, pairs, ...(choice !== undefined && { choice }) };
}

const present = <T>(values: readonly (T | undefined)[]): T[] =>
  values.filter((value) => value !== undefined);
