/** Cases that say themselves which packets are taken, and are compared with the oracle and with the switch. @module */
import assert from "node:assert/strict";
import { Random } from "../ownership/random.ts";
import { copiesOf, type Mirror, type Rule, type World } from "./oracle.ts";
import { build, type Sent, type Shape } from "./packets.ts";
import { randomPackets } from "./random.ts";
import type { PolicyScene } from "./scene.ts";
import { mirrorOf, podsOf, shapeOf, TARGETS } from "./world.ts";

/** Two Pods, of which `WEB` is the one that most cases select, and a host that is none. */
export const [WEB, DB, CLIENT] = ["p1", "p2", "p4"] as const;
const PODS = podsOf(WEB, DB);

/** How many packets of all sorts are sent beside those that a case names. */
const OTHERS = 300;
const SEED = 7;

/** Packets, and for each the bytes of the copies at the targets. */
export type Said = readonly (readonly [Sent, Readonly<Record<string, number>>])[];

/** @throws {AssertionError} If the oracle does not say what the case says, or the switch does not do what the oracle says. */
export async function agrees(
  scene: PolicyScene,
  mirrors: readonly Mirror[],
  said: Said,
): Promise<void> {
  const world: World = { pods: PODS, mirrors };
  for (const [{ packet }, copies] of said) {
    assert.deepEqual(
      Object.fromEntries(copiesOf(packet, world)),
      copies,
      `the oracle: ${JSON.stringify(packet)}`,
    );
  }
  await scene.apply(world);
  const others = randomPackets(new Random(SEED), OTHERS, world);
  await scene.expectRight([...said.map(([sent]) => sent), ...others]);
}

/** A packet that `WEB` sends to the host, and one that it receives from there. */
export const out = (more: Partial<Shape> = {}) => build(shapeOf(WEB, CLIENT, more));
export const into = (more: Partial<Shape> = {}) => build(shapeOf(CLIENT, WEB, more));

/** A case of one mirror of `WEB`: rules, the packets that they take, and those that they leave. */
export interface Trap {
  readonly rules: readonly Rule[];
  readonly taken: readonly Sent[];
  readonly left: readonly Sent[];
}

/** @throws {AssertionError} As `agrees`. */
export async function expectTrap(scene: PolicyScene, { rules, taken, left }: Trap): Promise<void> {
  const [target] = TARGETS;
  await agrees(scene, [mirrorOf("m", { app: WEB }, { rules })], [
    ...taken.map((sent) => [sent, { [target]: sent.frame.length }] as const),
    ...left.map((sent) => [sent, {}] as const),
  ]);
}
