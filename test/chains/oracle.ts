/**
 * Which pairs of ports a packet passes, and in which order, while redirects with and without `chainOrder` select Pods. It
 * is written from what the fields mean, not from the flows, so that a test can compare both.
 * @module
 */
import { EVERYONE, isTaken, type Packet, type Pod, type Rule } from "../policy/oracle.ts";

/** A TrafficControl with the action Redirect, as far as the oracle reads it. */
export interface Redirect {
  readonly metadata: { readonly name: string; readonly creationTimestamp?: string };
  readonly spec: {
    readonly appliedTo: {
      readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> };
    };
    readonly direction: "Egress" | "Ingress" | "Both";
    readonly targetPort: { readonly device: { readonly name: string } };
    readonly priority?: number;
    readonly chainOrder?: number;
    readonly rules?: readonly Rule[];
  };
}

export interface World {
  readonly pods: readonly Pod[];
  readonly redirects: readonly Redirect[];
}

export type Way = "egress" | "ingress";
const ONLY = { egress: "Egress", ingress: "Ingress" } as const;
const DEFAULT_PRIORITY = 500;

/** The name of a redirect's pair: that of its target port. */
export const pairOf = ({ spec }: Redirect) => spec.targetPort.device.name;

function compare<T>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The lower priority goes first, then the older one, then the name. */
function byRank(a: Redirect, b: Redirect): number {
  const priority = ({ spec }: Redirect) => spec.priority ?? DEFAULT_PRIORITY;
  const age = ({ metadata }: Redirect) => metadata.creationTimestamp ?? "";
  return compare(priority(a), priority(b)) || compare(age(a), age(b)) ||
    compare(a.metadata.name, b.metadata.name);
}

/** The redirects that ask for the packets of a Pod in one direction, the best one first. */
function askingFor(pod: Pod, way: Way, redirects: readonly Redirect[]): Redirect[] {
  return redirects.filter(({ spec: { direction, appliedTo } }) => {
    const wanted = Object.entries(appliedTo.podSelector.matchLabels);
    return (direction === "Both" || direction === ONLY[way]) &&
      wanted.every(([key, value]) => pod.labels[key] === value);
  }).sort(byRank);
}

/** The redirects of a Pod that are in effect, in the order in which packets of this direction pass them. */
export function chainOf(pod: Pod, way: Way, redirects: readonly Redirect[]): Redirect[] {
  const asking = askingFor(pod, way, redirects);
  if (asking[0]?.spec.chainOrder === undefined) return asking.slice(0, 1);
  const chain = asking.filter(({ spec }) => spec.chainOrder !== undefined)
    .sort((a, b) => a.spec.chainOrder! - b.spec.chainOrder! || byRank(a, b));
  return way === "egress" ? chain : chain.reverse();
}

const WAYS = ["egress", "ingress"] as const;

/** Whether two redirects ask for the same: the agent then takes both for being in effect. */
const isSame = (a: Redirect, b: Redirect) =>
  pairOf(a) === pairOf(b) && JSON.stringify(a.spec.rules) === JSON.stringify(b.spec.rules);

/** The names of the redirects that are not in effect for one of the Pods that they select. */
export function superseded({ pods, redirects }: World): Set<string> {
  const lost = pods.flatMap((pod) =>
    WAYS.flatMap((way) => {
      const chain = chainOf(pod, way, redirects);
      return askingFor(pod, way, redirects)
        .filter((each) => !chain.some((other) => isSame(each, other)));
    })
  );
  return new Set(lost.map(({ metadata }) => metadata.name));
}

/** What a packet passes on its way to one receiver. */
export interface Route {
  /** The pairs of the sender's chain, in their order. */
  readonly sent: readonly string[];
  /** Those of the receiver's chain which come after them, in their order. */
  readonly received: readonly string[];
  /**
   * Pairs of other Pods that share one with the receiver, and those of `received`: a packet to everyone may pass the
   * former, too, and the order is then not fixed. Empty if it is.
   */
  readonly shared: readonly string[];
}

/** The pairs that the rules of a chain send a packet through, each once, without those that it has passed already. */
function passed(
  chain: readonly Redirect[],
  packet: Packet,
  [way, before]: readonly [Way, readonly string[]],
): string[] {
  const taking = chain.filter(({ spec: { rules = [] } }) => isTaken(rules, packet, way));
  return [...new Set(taking.map(pairOf))].filter((pair) => !before.includes(pair));
}

/** The Pods of the same component, if Pods that share a pair are connected. */
function connected(first: Pod, chains: ReadonlyMap<Pod, readonly Redirect[]>): Pod[] {
  const found = [first];
  for (const pod of found) {
    const pairs = chains.get(pod)!.map(pairOf);
    for (const [other, chain] of chains) {
      const shares = chain.some((each) => pairs.includes(pairOf(each)));
      if (shares && !found.includes(other)) found.push(other);
    }
  }
  return found;
}

/** The way of a packet to each of its receivers. @param hosts The names of all, also of the Pods. */
export function routesOf(
  packet: Packet,
  { pods, redirects }: World,
  hosts: readonly string[],
): Map<string, Route> {
  const sender = pods.find(({ name }) => name === packet.from);
  const sent = sender ? passed(chainOf(sender, "egress", redirects), packet, ["egress", []]) : [];
  const isReceiver = (name: string) =>
    name !== packet.from && (packet.to === EVERYONE || name === packet.to);
  // The sender of a packet to everyone is asked as a receiver, too, although it gets nothing.
  const isAsked = ({ name }: Pod) => isReceiver(name) || packet.to === EVERYONE;
  const chains = new Map(
    pods.filter(isAsked).map((pod) => [pod, chainOf(pod, "ingress", redirects)]),
  );
  const own = (pod: Pod) => passed(chains.get(pod)!, packet, ["ingress", sent]);
  return new Map(
    hosts.filter(isReceiver).map((host): [string, Route] => {
      const pod = pods.find(({ name }) => name === host);
      if (!pod) return [host, { sent, received: [], shared: [] }];
      const received = own(pod);
      const all = connected(pod, chains);
      const shared = [...new Set(all.flatMap(own))].filter((pair) => !received.includes(pair));
      const isFixed = shared.length === 0 &&
        all.every((each) => !isReceiver(each.name) || `${own(each)}` === `${received}`);
      return [host, { sent, received, shared: isFixed ? [] : [...received, ...shared] }];
    }),
  );
}

/** Whether a packet that has passed these pairs in this order has kept to its route. */
export function follows(path: readonly string[], { sent, received, shared }: Route): boolean {
  if (shared.length === 0) return `${path}` === `${[...sent, ...received]}`;
  const rest = path.slice(sent.length);
  return `${path.slice(0, sent.length)}` === `${sent}` && new Set(rest).size === rest.length &&
    received.every((pair) => rest.includes(pair)) && rest.every((pair) => shared.includes(pair));
}

/** The pairs that must see a packet, each once, and those that may. */
export function pairsOf(routes: ReadonlyMap<string, Route>): Record<"must" | "may", Set<string>> {
  const all = [...routes.values()];
  return {
    must: new Set(all.flatMap(({ sent, received }) => [...sent, ...received])),
    may: new Set(all.flatMap(({ shared }) => shared)),
  };
}
