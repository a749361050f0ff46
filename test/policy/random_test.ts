/** The random worlds and packets are such that each part of a rule decides something. */
import assert from "node:assert/strict";
import { Random } from "../ownership/random.ts";
import { copiesOf, isTaken, type Packet, type Rule, type World } from "./oracle.ts";
import type { Sent } from "./packets.ts";
import { randomPackets, randomWorld } from "./random.ts";

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);
const PACKETS = 400;

interface Round {
  readonly world: World;
  readonly packets: readonly Packet[];
}

function roundOf(seed: number): Round & { readonly sent: readonly Sent[] } {
  const random = new Random(seed);
  const world = randomWorld(random);
  const sent = randomPackets(random, PACKETS, world);
  return { world, sent, packets: sent.map(({ packet }) => packet) };
}
const ROUNDS = SEEDS.map(roundOf);

/** In how many rounds a change of all mirrors' rules changes what is copied. */
function roundsThatFeel(change: (rules: readonly Rule[]) => readonly Rule[]): number {
  return ROUNDS.filter(({ world, packets }) => {
    const mirrors = world.mirrors.map((mirror) => {
      const { rules } = mirror.spec;
      return rules ? { ...mirror, spec: { ...mirror.spec, rules: change(rules) } } : mirror;
    });
    const text = (packet: Packet, of: World) => JSON.stringify([...copiesOf(packet, of)].sort());
    return packets.some((packet) => text(packet, world) !== text(packet, { ...world, mirrors }));
  }).length;
}

const without = (field: keyof Rule) => (rules: readonly Rule[]) =>
  rules.map((rule) => ({ ...rule, [field]: undefined }));
const PARTS = ["protocol", "tcpFlags", "peers", "ports", "podPorts", "peerPorts"] as const;

Deno.test.each(PARTS.map((part) => [part] as const))(
  "random rules: %s decides in several rounds",
  (part) => {
    assert.ok(
      roundsThatFeel(without(part)) >= SEEDS.length / 4,
      `${roundsThatFeel(without(part))}`,
    );
  },
);

Deno.test("random rules: their order decides in several rounds, and so do exceptions", () => {
  const orders = roundsThatFeel((rules) => [...rules].reverse());
  const exceptions = roundsThatFeel((rules) =>
    rules.map(({ peers, ...rule }) => ({
      ...rule,
      ...(peers && { peers: peers.map(({ ipBlock: { cidr } }) => ({ ipBlock: { cidr } })) }),
    }))
  );
  assert.ok(Math.min(orders, exceptions) >= SEEDS.length / 4, `${orders}, ${exceptions}`);
});

Deno.test("random rules take between a tenth and nine tenths of the packets, also of fragments", () => {
  const taken = (packets: readonly Packet[], { mirrors }: World) =>
    mirrors.flatMap(({ spec: { rules = [] } }) =>
      packets.map((packet) => isTaken(rules, packet, "egress"))
    );
  const share = (of: (packet: Packet) => boolean) => {
    const all = ROUNDS.flatMap(({ world, packets }) => taken(packets.filter(of), world));
    return all.filter((each) => each).length / all.length;
  };
  for (const kind of [undefined, "first", "later"]) {
    for (const version of [4, 6]) {
      const part = share((packet) => packet.fragment === kind && packet.version === version);
      assert.ok(part > 0.1 && part < 0.9, `${kind} ${version}: ${part}`);
    }
  }
});

Deno.test("in most rounds a target gets some packets and not others, and copies of several lengths", () => {
  const isVaried = ({ world, packets }: Round) => {
    const copies = packets.map((packet) => copiesOf(packet, world));
    const numbers = new Set(copies.map(({ size }) => size));
    const cuts = packets.filter(({ length }, at) =>
      [...copies[at]!.values()].some((cut) => cut < length)
    );
    return numbers.size > 1 && cuts.length > 0;
  };
  assert.ok(ROUNDS.filter(isVaried).length >= SEEDS.length * 0.7);
});

Deno.test("the same seed makes the same world and packets, but for their numbers", () => {
  const text = ({ world, packets }: Round) => JSON.stringify([world, packets]);
  assert.equal(text(roundOf(3)), text(roundOf(3)));
  assert.notEqual(text(roundOf(3)), text(roundOf(4)));
});
