/** The random redirects and packets are such that each thing that the oracle looks at decides something. */
import assert from "node:assert/strict";
import { Random } from "../ownership/random.ts";
import { type Redirect, routesOf, superseded, type World } from "./oracle.ts";
import type { Sent } from "./packets.ts";
import { randomPackets, randomWorld } from "./random.ts";
import { NAMES } from "./world.ts";

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);
const PACKETS = 200;

interface Round {
  readonly world: World;
  readonly sent: readonly Sent[];
}

function roundOf(seed: number, withChains = true): Round {
  const random = new Random(seed);
  return { world: randomWorld(random, withChains), sent: randomPackets(random, PACKETS) };
}
const ROUNDS = SEEDS.map((seed) => roundOf(seed));

const routesText = ({ sent }: Round, world: World) =>
  JSON.stringify(sent.map(({ packet }) => [...routesOf(packet, world, NAMES)]));

/** In how many rounds a change of all redirects changes what a packet passes. */
function roundsThatFeel(change: (redirect: Redirect) => Redirect): number {
  return ROUNDS.filter((round) => {
    const world = { ...round.world, redirects: round.world.redirects.map(change) };
    return routesText(round, world) !== routesText(round, round.world);
  }).length;
}

const without = (field: keyof Redirect["spec"]) => ({ metadata, spec }: Redirect): Redirect => {
  const { [field]: _, ...rest } = spec;
  return { metadata, spec: rest as Redirect["spec"] };
};

Deno.test.each(
  [
    ["chainOrder", without("chainOrder")],
    ["rules", without("rules")],
    ["priority", without("priority")],
    [
      "the age",
      ({ metadata: { name }, spec }: Redirect): Redirect => ({ metadata: { name }, spec }),
    ],
    ["the numbers", ({ metadata, spec }: Redirect): Redirect => ({
      metadata,
      spec: { ...spec, ...(spec.chainOrder !== undefined && { chainOrder: -spec.chainOrder }) },
    })],
  ] as const,
)("random redirects: %s decides in several rounds", (_name, change) => {
  const count = roundsThatFeel(change);
  assert.ok(count >= SEEDS.length / 10, `${count}`);
});

Deno.test("random redirects: chains of up to four pairs, of both ends, some with superseded ones", () => {
  const lengths = ROUNDS.map(({ world, sent }) =>
    Math.max(...sent.flatMap(({ packet }) =>
      [...routesOf(packet, world, NAMES).values()]
        .map(({ sent, received }) => sent.length + received.length)
    ))
  );
  for (const length of [1, 2, 3]) {
    assert.ok(lengths.filter((each) => each === length).length >= SEEDS.length / 20, `${lengths}`);
  }
  assert.ok(Math.max(...lengths) === 4, `${lengths}`);
  const both = ROUNDS.filter(({ world, sent }) =>
    sent.some(({ packet }) =>
      [...routesOf(packet, world, NAMES).values()]
        .some(({ sent, received }) => sent.length > 0 && received.length > 0)
    )
  );
  assert.ok(both.length >= SEEDS.length / 4, `${both.length}`);
  const lost = ROUNDS.filter(({ world }) => superseded(world).size > 0).length;
  assert.ok(lost >= SEEDS.length / 4 && lost < SEEDS.length, `${lost}`);
});

Deno.test("the same seed makes the same redirects and packets, but for their numbers", () => {
  const text = ({ world, sent }: Round) =>
    JSON.stringify([world, sent.map(({ packet }) => packet)]);
  assert.equal(text(roundOf(3)), text(roundOf(3)));
  assert.notEqual(text(roundOf(3)), text(roundOf(4)));
});

Deno.test("without chains no redirect has an order", () => {
  const orders = SEEDS.flatMap((seed) => roundOf(seed, false).world.redirects)
    .map(({ spec }) => spec.chainOrder);
  assert.deepEqual([...new Set(orders)], [undefined]);
});
