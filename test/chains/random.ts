/**
 * Random Pods and redirects, with and without `chainOrder` and `rules`, and packets for them, which the rules often take
 * and often do not.
 * @module
 */
import type { Random } from "../ownership/random.ts";
import { ACK, PROTOCOLS, type Rule, SYN } from "../policy/oracle.ts";
import type { Shape } from "../policy/packets.ts";
import { hostOf, OUTSIDE, shapeOf } from "../policy/world.ts";
import { chainOf, pairOf, type Redirect, type World } from "./oracle.ts";
import { fragmentsOf, type Sent, sentOf, SHORTEST } from "./packets.ts";
import { EVERYONE, type Labels, NAMES, podsOf, redirectOf } from "./world.ts";

const PAIRS = ["A", "B", "C", "D"] as const;
const [LARGEST, SMALLEST] = [2 ** 31 - 1, -(2 ** 31)];
/** Few, so that equal ones are frequent. */
const ORDERS = [SMALLEST, -5, 0, 0, 0, 1, 1, 1, 10, LARGEST];
const PRIORITIES = [undefined, undefined, undefined, 500, 10, 900];
const TIMES = [undefined, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"];
const PORTS = [53, 80, 443, 40_000];
const LENGTHS = [SHORTEST, 300, 1000, 1514];
const [MOST_REDIRECTS, MOST_RULES] = [9, 3];
/** Percent of redirects and packets. */
const [WITH_ORDER, WITH_RULES, TO_EVERYONE, IN_FRAGMENTS] = [88, 35, 10, 5];

function randomRule(random: Random): Rule {
  const action = random.chance(65) ? "Include" : "Skip";
  const host = hostOf(random.pick(NAMES));
  const [v4, v6] = host.ips;
  const ports = [{ port: random.pick(PORTS) }];
  return random.weighted<() => Rule>([
    [2, () => ({ action, protocol: "UDP" })],
    [2, () => ({ action, protocol: "ICMP" })],
    [2, () => ({ action, protocol: "TCP", podPorts: ports })],
    [1, () => ({ action: "Include", protocol: "TCP", peerPorts: ports })],
    [1, () => ({ action: "Include", protocol: random.pick(["TCP", "UDP"]), ports })],
    [1, () => ({ action, protocol: "TCP", tcpFlags: "SYN" })],
    [
      3,
      () => ({ action, peers: [`${v4}/32`, `${v6}/128`].map((cidr) => ({ ipBlock: { cidr } })) }),
    ],
  ])();
}

const randomRules = (random: Random) =>
  Array.from({ length: 1 + random.below(MOST_RULES) }, () => randomRule(random));

interface Drawn {
  readonly name: string;
  readonly labels: readonly Labels[];
  readonly pairs: readonly string[];
  readonly withChains: boolean;
}

function randomRedirect(random: Random, { name, labels, pairs, withChains }: Drawn): Redirect {
  const priority = random.pick(PRIORITIES);
  const creationTimestamp = random.pick(TIMES);
  return redirectOf(name, [random.pick(labels), random.pick(pairs)], {
    direction: random.weighted([[4, "Both"], [1, "Egress"], [1, "Ingress"]] as const),
    ...(priority !== undefined && { priority }),
    ...(creationTimestamp !== undefined && { creationTimestamp }),
    ...(withChains && random.chance(WITH_ORDER) && { chainOrder: random.pick(ORDERS) }),
    ...(random.chance(WITH_RULES) && { rules: randomRules(random) }),
  });
}

/** Whether two redirects of one Pod would lead through the same pair: which of both counts is not said anywhere. */
function leadsTwice({ pods, redirects }: World): boolean {
  return pods.some((pod) =>
    (["egress", "ingress"] as const).some((way) => {
      const pairs = chainOf(pod, way, redirects).map(pairOf);
      return new Set(pairs).size < pairs.length;
    })
  );
}

/** Whether a pair is named with `chainOrder` and without: the agent refuses that. */
function isMixed({ redirects }: World): boolean {
  const kinds = redirects.map((each) => `${pairOf(each)} ${each.spec.chainOrder === undefined}`);
  return new Set(kinds).size > new Set(redirects.map(pairOf)).size;
}

/** @param withChains Whether some redirects have `chainOrder`. */
export function randomWorld(random: Random, withChains: boolean): World {
  const names = NAMES.filter((name) => name !== OUTSIDE);
  const pods = podsOf(...(random.chance(30) ? names.slice(1) : names));
  const pairs = PAIRS.slice(0, random.weighted([[1, 1], [2, 2], [3, 3], [4, PAIRS.length]]));
  const each = pods.map(({ labels: { app } }) => ({ app: app! }));
  const labels = [...each, ...each.map(() => ({ team: "all" }))];
  let world: World = { pods, redirects: [] };
  for (let left = 1 + random.below(MOST_REDIRECTS); left > 0; left--) {
    const name = `r${left}-${random.seed}`;
    const redirect = randomRedirect(random, { name, labels, pairs, withChains });
    const more = { pods, redirects: [...world.redirects, redirect] };
    if (!leadsTwice(more) && !isMixed(more)) world = more;
  }
  return world;
}

function protocolOf(random: Random, version: 4 | 6): Partial<Shape> {
  const icmp = version === 4
    ? { protocol: PROTOCOLS.ICMP, icmp: random.pick([8, 0]) }
    : { protocol: PROTOCOLS.ICMPV6, icmp: random.pick([128, 129]) };
  const ports = { from: random.pick(PORTS), to: random.pick(PORTS) };
  return random.weighted<Partial<Shape>>([
    [5, { protocol: PROTOCOLS.TCP, ports, flags: random.pick([SYN, SYN | ACK, ACK]) }],
    [4, { protocol: PROTOCOLS.UDP, ports }],
    [2, icmp],
  ]);
}

function randomShape(random: Random): Shape {
  const version = random.chance(55) ? 4 : 6;
  const from = random.pick(NAMES);
  const to = random.chance(TO_EVERYONE)
    ? EVERYONE
    : random.pick(NAMES.filter((name) => name !== from));
  return shapeOf(from, to, {
    version,
    length: random.pick(LENGTHS),
    ...protocolOf(random, version),
  });
}

/** Packets, and a few fragments. What a rule for SYN says of fragments of TCP is not written anywhere: there are none. */
export function randomPackets(random: Random, count: number): Sent[] {
  const found: Sent[] = [];
  while (found.length < count) {
    const shape = randomShape(random);
    const isWhole = shape.protocol === PROTOCOLS.TCP || !random.chance(IN_FRAGMENTS);
    found.push(...(isWhole ? [sentOf(shape)] : fragmentsOf(shape, 2)));
  }
  return found;
}
