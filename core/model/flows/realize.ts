/** Replaces the names of ports in treatments and pairs by the ports of the bridge. @module */
import type {
  Copy,
  Hop,
  Pair,
  Realized,
  RealizedTreatment,
  SwitchPort,
} from "../../contracts/mod.ts";
import type { CombinedTreatment } from "../pods/treatments.ts";
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
  { id, copies, hops, drop }: CombinedTreatment,
  find: FindPort,
): RealizedTreatment {
  return {
    id,
    copies: copies.map((copy) => realizeCopy(copy, find)).filter(({ to }) => to.length > 0),
    hops: hops.map((hop) => realizeHop(hop, find)).filter(({ pairs }) => pairs.length > 0),
    ...(drop && { drop }),
  };
}

function realizeCopy(copy: Copy<string>, find: FindPort): Realized<Copy<SwitchPort>> {
  const choice = needsChoice(copy) ? numberIn(copy, find) : undefined;
  return { ...copy, to: present(copy.to.map(find)), ...(choice !== undefined && { choice }) };
}

function realizeHop(hop: Hop<string>, find: FindPort): Realized<Hop<SwitchPort>> {
  const choice = needsChoice(hop) ? numberIn(hop, find) : undefined;
  const pairs = present(hop.pairs.map((pair) => realizePair(pair, find)));
  return { ...hop, pairs, ...(choice !== undefined && { choice }) };
}

const present = <T>(values: readonly (T | undefined)[]): T[] =>
  values.filter((value) => value !== undefined);
