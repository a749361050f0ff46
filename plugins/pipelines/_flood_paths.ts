/**
 * Through which pairs broadcast and multicast get to redirected Pods. What comes back from a pair does not show for which
 * of its Pods it is. So where chains of several Pods share a pair, a packet passes all pairs of these chains, each once, and
 * then goes to all of these Pods.
 * @module
 */
import { type FloodReceiver, LIMITS } from "../../core/api.ts";
import { entered, type EnteredHop, numberOf } from "./_balance.ts";
import { isChained, orderOf } from "./_chained.ts";

/** Hops that packets for some receivers pass one after the other. */
export interface FloodPath {
  readonly hops: readonly [EnteredHop, ...EnteredHop[]];
  readonly receivers: readonly FloodReceiver[];
}

/** The name by which paths are sorted. */
const nameOf = ({ hops: [{ pairs }] }: FloodPath) => pairs[0]!.return.name;

/** A pair gets a packet once, if the rules of one of its receivers are about it. */
export function forBoth(one: EnteredHop, { filters: others }: EnteredHop): EnteredHop {
  const { filters, ...hop } = one;
  return filters && others ? { ...hop, filters: [...new Set([...filters, ...others])] } : hop;
}

/** A hop of a path, and in how many of its chains it is. */
interface Shared {
  readonly hop: EnteredHop;
  readonly chains: number;
}

/** A path while it is being found. */
interface Found {
  readonly hops: Map<number, Shared>;
  readonly receivers: FloodReceiver[];
}

function add(path: Found, hops: readonly Shared[], receivers: readonly FloodReceiver[]): void {
  for (const { hop, chains } of hops) {
    const known = path.hops.get(numberOf(hop));
    path.hops.set(numberOf(hop), {
      hop: known ? forBoth(known.hop, hop) : hop,
      chains: chains + (known?.chains ?? 0),
    });
  }
  path.receivers.push(...receivers);
}

/**
 * In the order in which received packets pass a chain. No longer than a chain may be: those that most chains have stay. With
 * more, Open vSwitch would drop the packet, for everybody.
 */
function finished({ hops, receivers }: Found): FloodPath {
  const most = [...hops.values()].sort((a, b) => b.chains - a.chains).slice(0, LIMITS.chain);
  const [first, ...more] = most.map(({ hop }) => hop).sort((a, b) => orderOf(b) - orderOf(a));
  return { hops: [first!, ...more], receivers };
}

/** The paths to these receivers. No two paths share a pair. Those whose packets are dropped have none. */
export function pathsOf(receivers: readonly FloodReceiver[]): FloodPath[] {
  const pathOf = new Map<number, Found>();
  for (const receiver of receivers) {
    const [first, ...more] = receiver.ingress.drop ? [] : receiver.ingress.hops.map(entered);
    if (!first) continue;
    const hops = isChained(first) ? [first, ...more] : [first];
    const [path = { hops: new Map(), receivers: [] }, ...others] = new Set(
      hops.map((hop) => pathOf.get(numberOf(hop))).filter((each) => each !== undefined),
    );
    for (const other of others) add(path, [...other.hops.values()], other.receivers);
    add(path, hops.map((hop) => ({ hop, chains: 1 })), [receiver]);
    for (const number of path.hops.keys()) pathOf.set(number, path);
  }
  const paths = [...new Set(pathOf.values())].map(finished);
  return paths.sort((a, b) => nameOf(a) < nameOf(b) ? -1 : 1);
}
