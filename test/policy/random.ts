/**
 * Random worlds of mirrors with rules, and packets for them. Rules and packets take their addresses and ports from short
 * lists, in which each CIDR and each range has a neighbour on both sides, so that rules often match and often just do not.
 * @module
 */
import type { Random } from "../ownership/random.ts";
import {
  ACK,
  contains,
  EVERYONE,
  type IPBlock,
  type Mirror,
  type PortRange,
  PROTOCOLS,
  type Rule,
  SYN,
  type World,
} from "./oracle.ts";
import { build, fragments, type Sent, type Shape } from "./packets.ts";
import { HOSTS, mirrorOf, newIDs, OUTSIDE, podsOf, shapeOf, TARGETS } from "./world.ts";

const V4 = [
  "0.0.0.0/0",
  "10.0.0.0/8",
  "10.20.0.0/16",
  "10.20.0.0/29",
  "10.20.4.0/22",
  "10.20.4.128/25",
  "10.20.7.255/32",
  "128.0.0.0/1",
  "172.16.0.0/12",
];
const V6 = [
  "::/0",
  "fd20::/16",
  "fd20::/64",
  "fd20:4::/32",
  "fd20:4:0:80::/57",
  "fd20:4::ff/128",
  "2001:db8::/32",
];
const ADDRESSES = {
  4: [
    ...["9.255.255.255", "10.0.0.0", "10.20.0.1", "10.20.0.7", "10.20.0.8", "10.20.3.255"],
    ...["10.20.4.0", "10.20.4.127", "10.20.4.128", "10.20.4.255", "10.20.5.0", "10.20.7.254"],
    ...["10.20.7.255", "10.20.8.0", "10.21.0.0", "11.0.0.0", "127.255.255.254", "128.0.0.1"],
    ...["172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0", "203.0.113.9"],
  ],
  6: [
    ...["fd1f:ffff::1", "fd20::1", "fd20:0:0:1::1", "fd20:3:ffff:ffff:ffff:ffff:ffff:ffff"],
    ...["fd20:4::", "fd20:4:0:7f::1", "fd20:4:0:80::", "fd20:4:0:ff::9", "fd20:4:0:100::"],
    ...["fd20:4::fe", "fd20:4::ff", "fd20:5::", "fd21::", "2001:db7:ffff::1", "2001:db8::5"],
  ],
} as const;
/** Addresses and MACs of groups, to which the bridge sends as to everyone. */
const GROUPS = {
  4: [["255.255.255.255", "ff:ff:ff:ff:ff:ff"], ["224.0.0.5", "01:00:5e:00:00:05"]],
  6: [["ff02::1", "33:33:00:00:00:01"], ["ff02::5", "33:33:00:00:00:05"]],
} as const satisfies Record<4 | 6, readonly (readonly [address: string, mac: string])[]>;

const RANGES: readonly PortRange[] = [
  ...[{ port: 53 }, { port: 80 }, { port: 443 }, { port: 65535 }, { port: 443, endPort: 443 }],
  ...[{ port: 1, endPort: 1023 }, { port: 1000, endPort: 1003 }, { port: 1000, endPort: 1007 }],
  ...[{ port: 8000, endPort: 8100 }, { port: 60000, endPort: 65535 }],
];
const PORTS = [
  ...[1, 52, 53, 80, 81, 442, 443, 444, 999, 1000, 1003, 1004, 1007, 1008, 1023, 1024],
  ...[7999, 8000, 8050, 8100, 8101, 33333, 59999, 60000, 65534, 65535],
];
/** Bytes of a frame, around the values of `truncateBytes`. */
const CUTS = [64, 65, 128, 1000] as const;
const LENGTHS = [60, 63, 64, 65, 66, 127, 128, 129, 300, 999, 1000, 1001, 1514];
const FLAGS = [SYN, SYN, SYN | 0xc0, SYN | ACK, ACK, ACK | 0x08, ACK | 0x01, 0x04, 0];
const NAMED = ["TCP", "UDP", "SCTP"] as const;
/** Encapsulating security payload, without ports as GRE is. */
const ESP = 50;
const NUMBERS = [PROTOCOLS.TCP, PROTOCOLS.UDP, PROTOCOLS.GRE, PROTOCOLS.SCTP, ESP];
/** Percent of packets that go to everyone, and of those that have another address than their sender or receiver. */
const [TO_EVERYONE, OTHER_ADDRESS] = [8, 70];
const [MOST_RULES, MOST_IN_LIST] = [5, 3];
const [LEAST_MIRRORS, MOST_MIRRORS] = [3, 9];

/** Some values, at least one of them, none twice. */
function some<T>(random: Random, from: readonly T[]): T[] {
  const count = 1 + random.below(MOST_IN_LIST);
  return [...new Set(Array.from({ length: count }, () => random.pick(from)))];
}

function block(random: Random): IPBlock {
  const all = random.chance(60) ? V4 : V6;
  const cidr = random.pick(all);
  const inside = all.filter((each) => each !== cidr && contains(cidr, each.split("/")[0]!))
    .filter((each) => Number(each.split("/")[1]) > Number(cidr.split("/")[1]));
  if (inside.length === 0 || random.chance(50)) return { cidr };
  return { cidr, except: some(random, inside) };
}

function portsOf(random: Random): Partial<Rule> {
  const list = () => some(random, RANGES);
  return random.weighted<() => Partial<Rule>>([
    [4, () => ({ ports: list() })],
    [3, () => ({ podPorts: list() })],
    [3, () => ({ peerPorts: list() })],
    [1, () => ({ podPorts: list(), peerPorts: list() })],
  ])();
}

/** What a rule says of protocols. Only those that have ports are named together with some. */
function transportOf(random: Random): Partial<Rule> {
  const kind = random.below(10);
  if (kind < 2) return {};
  if (kind === 2) return { protocol: "ICMP" };
  if (kind === 3) return { protocol: random.pick(NUMBERS) };
  const protocol = random.weighted([[5, NAMED[0]], [4, NAMED[1]], [1, NAMED[2]]]);
  return {
    protocol,
    ...(protocol === "TCP" && random.chance(30) && { tcpFlags: "SYN" as const }),
    ...(random.chance(50) && portsOf(random)),
  };
}

function randomRule(random: Random): Rule {
  const transport = transportOf(random);
  // A rule that names nothing would hide all that is wrong with the rules behind it.
  const hasPeers = Object.keys(transport).length === 0 || random.chance(45);
  const peers = () => [block(random), block(random), block(random)].map((ipBlock) => ({ ipBlock }));
  return {
    action: random.chance(65) ? "Include" : "Skip",
    ...transport,
    ...(hasPeers && { peers: some(random, peers()) }),
  };
}

function randomRules(random: Random): Rule[] {
  const rules = Array.from({ length: 1 + random.below(MOST_RULES) }, () => randomRule(random));
  // Without an Include rule almost everything is taken, which hides what is wrong with other mirrors of the target.
  const isAllSkip = rules.every(({ action }) => action === "Skip");
  return isAllSkip && random.chance(70)
    ? [...rules, { ...randomRule(random), action: "Include" }]
    : rules;
}

/** @param plain Whether the mirrors have neither rules nor `truncateBytes`. */
export function randomWorld(random: Random, { plain = false } = {}): World {
  const names = HOSTS.map(({ name }) => name).filter((name) => name !== OUTSIDE);
  const pods = podsOf(...(random.chance(30) ? names.slice(1) : names));
  const mirrors = Array.from({
    length: LEAST_MIRRORS + random.below(MOST_MIRRORS - LEAST_MIRRORS + 1),
  }, (_, index): Mirror => {
    const { app } = random.pick(pods).labels;
    const labels = random.chance(35) ? { team: "all" } : { app: app! };
    return mirrorOf(`m${index}`, labels, {
      target: random.pick(TARGETS),
      direction: random.pick(["Both", "Both", "Egress", "Ingress"]),
      ...(!plain && random.chance(93) && { rules: randomRules(random) }),
      ...(!plain && random.chance(60) && { truncateBytes: random.pick(CUTS) }),
    });
  });
  return { pods, mirrors };
}

function protocolOf(random: Random, version: 4 | 6): Partial<Shape> {
  const icmp = version === 4
    ? { protocol: PROTOCOLS.ICMP, icmp: random.pick([8, 0]) }
    : { protocol: PROTOCOLS.ICMPV6, icmp: random.pick([128, 129]) };
  const ports = { from: random.pick(PORTS), to: random.pick(PORTS) };
  return random.weighted<Partial<Shape>>([
    [36, { protocol: PROTOCOLS.TCP, ports, flags: random.pick(FLAGS) }],
    [32, { protocol: PROTOCOLS.UDP, ports }],
    [9, { protocol: PROTOCOLS.SCTP, ports }],
    [9, icmp],
    [7, { protocol: PROTOCOLS.GRE }],
    [3, { protocol: ESP }],
  ]);
}

function randomShape(random: Random): Shape {
  const version = random.chance(55) ? 4 : 6;
  const from = random.pick(HOSTS).name;
  const to = random.pick(HOSTS.filter(({ name }) => name !== from)).name;
  const [group, mac] = random.pick<readonly [string, string]>(GROUPS[version]);
  const everyone = random.chance(TO_EVERYONE);
  const other = () => random.chance(OTHER_ADDRESS) ? random.pick(ADDRESSES[version]) : undefined;
  const [source, destination] = [other(), everyone ? group : other()];
  const shape = shapeOf(from, everyone ? EVERYONE : to, {
    version,
    length: random.pick(LENGTHS),
    ...protocolOf(random, version),
    ...(source && { source }),
    ...(destination && { destination }),
  });
  return everyone ? { ...shape, macs: { ...shape.macs, to: mac } } : shape;
}

/** Packets to single hosts, of which none is a fragment. */
export function randomUnicast(random: Random, count: number): Shape[] {
  const shapes: Shape[] = [];
  while (shapes.length < count) {
    const shape = randomShape(random);
    if (shape.to !== EVERYONE) shapes.push(shape);
  }
  return shapes;
}

/**
 * Packets for a world. There are no fragments of TCP if a rule names flags: nobody sends a SYN in fragments, and what a
 * rule says of it is not written anywhere.
 *
 * @param count How many, at least.
 */
export function randomPackets(random: Random, count: number, { mirrors }: World): Sent[] {
  const hasFlags = mirrors.some(({ spec }) => spec.rules?.some(({ tcpFlags }) => tcpFlags));
  const packets: Sent[] = [];
  while (packets.length < count) {
    const shape = randomShape(random);
    const isWhole = random.chance(94) || (hasFlags && shape.protocol === PROTOCOLS.TCP);
    if (isWhole) packets.push(build(shape));
    else packets.push(...fragments(shape, [shape.id, ...newIDs(1 + random.below(2))]));
  }
  return packets;
}
