/** From names of ports to ports of the bridge. @module */
import type { Hop, Pair, RealizedTreatment, SwitchPort } from "../../contracts/mod.ts";
import type { Combined } from "../pods/treatments.ts";

/** The port of a name, if the bridge has it. */
export type FindPort = (name: string) => SwitchPort | undefined;
type NamedPair = Hop<string>["pairs"][number];

/** Nothing as long as one of its ports is not on the bridge. */
export function realizePair(pair: NamedPair, find: FindPort): Pair | undefined {
  const target = find(pair.target);
  const returned = find(pair.return);
  return target && returned && { target, return: returned };
}

/** The treatment without those of its copies and hops of which no port is on the bridge. */
export function realize({ id, copies, hops, drop }: Combined, find: FindPort): RealizedTreatment {
  return {
    id,
    copies: copies
      .map((copy) => ({ ...copy, to: present(copy.to.map(find)) }))
      .filter(({ to }) => to.length > 0),
    hops: hops
      .map((hop) => ({ ...hop, pairs: present(hop.pairs.map((pair) => realizePair(pair, find))) }))
      .filter(({ pairs }) => pairs.length > 0),
    ...(drop && { drop }),
  };
}

const present = <T>(values: readonly (T | undefined)[]): T[] =>
  values.filter((value) => value !== undefined);
