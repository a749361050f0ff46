/** Packets that never pause while a chain changes, and what came of each of them. @module */
import assert from "node:assert/strict";
import { unread } from "../lab/lab.ts";
import { shapeOf } from "../policy/world.ts";
import { isUnchanged, pathOf } from "./faults.ts";
import type { Redirect } from "./oracle.ts";
import { type Sent, sentOf, SHORTEST } from "./packets.ts";
import type { ChainScene } from "./scene.ts";
import { targetOf } from "./sensors.ts";
import { type Labels, podsOf, redirectOf } from "./world.ts";

/** Packets per second and direction, and milliseconds between two looks at the clock. */
const [RATE, TICK, SECOND] = [400, 2, 1000];
const MOST_AT_ONCE = 8;
/** Milliseconds before and after the change, and those in which the last packets arrive. */
const [AROUND, ARRIVAL] = [300, 1000];

/** What came of one packet. */
export interface Fate {
  readonly from: string;
  /** The pairs that it has passed, by their letters, for each frame that arrived. */
  readonly paths: readonly string[];
  /** The pairs that it has gone into, by their letters. */
  readonly entered: string;
  readonly isUnchanged: boolean;
}

export interface Fates {
  readonly fates: readonly Fate[];
  /** Packets that the switch never read from its socket. */
  readonly neverRead: number;
}

function fateOf(scene: ChainScene, sent: Sent, entered: readonly string[]): Fate {
  const { packet: { from, to }, id } = sent;
  const letters = [...scene.sensors.keys()];
  const frames = scene.ports.find(({ name }) => name === to)!.framesOf(id);
  return {
    from,
    paths: frames.map((frame) => pathOf(frame, letters).join("")),
    entered: entered.join(""),
    isUnchanged: frames.every((frame) => isUnchanged(frame, sent, scene.vlanAt(to))),
  };
}

async function neverRead({ lab }: ChainScene): Promise<number> {
  const counts = await Promise.all(lab.pods.map((pod) => unread(lab.ovs, pod)));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Sends from each host of a pair to the other one while something changes. */
export async function during(
  scene: ChainScene,
  hosts: readonly (readonly [from: string, to: string])[],
  change: () => Promise<unknown>,
): Promise<Fates> {
  scene.reset();
  const before = await neverRead(scene);
  const all: Sent[] = [];
  const begin = performance.now();
  const timer = setInterval(() => {
    const due = (performance.now() - begin) / SECOND * RATE * hosts.length;
    // A sender that was held up does not send all at once what it is behind by.
    for (let most = MOST_AT_ONCE; all.length < due && most > 0; most--) {
      const [from, to] = hosts[all.length % hosts.length]!;
      const version = all.length % (2 * hosts.length) < hosts.length ? 4 : 6;
      const sent = sentOf(shapeOf(from, to, { version, length: SHORTEST }));
      all.push(sent);
      scene.send(sent);
    }
    scene.look();
  }, TICK);
  await pause(AROUND);
  await change().finally(async () => {
    await pause(AROUND);
    clearInterval(timer);
  });
  await pause(ARRIVAL);
  scene.look();
  const letterOf = new Map<string, string>(
    [...scene.sensors.keys()].map((pair) => [targetOf(pair), pair]),
  );
  const entries = Map.groupBy(scene.journal, ({ id }) => id);
  const fates = all.map((sent) =>
    fateOf(scene, sent, (entries.get(sent.id) ?? []).map(({ pair }) => letterOf.get(pair)!))
  );
  return { fates, neverRead: await neverRead(scene) - before };
}

/** How many packets had each fate, as text: for a failed test. */
export function summary({ fates, neverRead }: Fates): string {
  const texts = fates.map(({ from, paths, entered }) =>
    `from ${from}: arrived past [${paths.join("] and [")}], went into [${entered}]`
  );
  const counts = Map.groupBy(texts, (text) => text);
  const lines = [...counts].map(([text, { length }]) => `${length} ${text}`).sort();
  return [...lines, `never read by the switch: ${neverRead}`].join("\n");
}

/** What may happen to packets: the ways that they may take, and the pair that may lose those inside it. */
export interface Allowed {
  readonly out: readonly string[];
  readonly back: readonly string[];
  readonly losing?: string;
}

/** Checks each packet of `p1` and to it, and that the first and the last ones took the first and the last way. */
export function assertRight(fates: Fates, { out, back, losing }: Allowed): void {
  const wrong = fates.fates.filter(({ from, paths, entered, isUnchanged }) => {
    const ways = from === "p1" ? out : back;
    if (paths.length === 0) return losing === undefined || entered.at(-1) !== losing;
    return paths.length > 1 || !isUnchanged || !ways.includes(paths[0]!) || entered !== paths[0];
  });
  // Of the packets that the switch never read none has gone anywhere.
  const lost = wrong.filter(({ paths, entered }) => paths.length === 0 && entered === "");
  const others = wrong.length - lost.length;
  assert.deepEqual(
    { lost: Math.max(0, lost.length - fates.neverRead), others },
    { lost: 0, others: 0 },
    summary(fates),
  );
  for (const [isOut, ways] of [[true, out], [false, back]] as const) {
    const own = fates.fates.filter(({ from }) => (from === "p1") === isOut);
    const taken = [
      own.find(({ paths }) => paths.length),
      own.findLast(({ paths }) => paths.length),
    ];
    assert.deepEqual(taken.map((each) => each?.paths[0]), [ways[0], ways.at(-1)], summary(fates));
  }
}

const [P1, ALL]: Labels[] = [{ app: "p1" }, { team: "all" }];
export const PODS = podsOf("p1", "p2");
export const BOTH_WAYS = [["p1", "p4"], ["p4", "p1"]] as const;
/** Milliseconds for which a slow sensor keeps each frame: some are inside when its pair is left. */
export const HOLD = 100;

const link = (pair: string, chainOrder: number, labels = P1!) =>
  redirectOf(pair.toLowerCase(), [labels, pair], { chainOrder });
export const [A, B, C] = [link("A", 10), link("B", 20), link("C", 30)] as const;
/** The same for all Pods. */
export const OF_ALL = [link("A", 10, ALL), link("B", 20, ALL), link("C", 30, ALL)] as const;

/** A redirect that joins a chain: what is there before and after, and the ways out of and into the Pod. */
export const CHANGES: readonly (readonly [
  string,
  readonly Redirect[],
  readonly Redirect[],
  Allowed,
])[] = [
  ["behind", [B], [B, C], { out: ["B", "BC"], back: ["B", "CB"] }],
  ["in front", [C], [B, C], { out: ["C", "BC"], back: ["C", "CB"] }],
  ["in the middle", [A, C], [A, B, C], { out: ["AC", "ABC"], back: ["CA", "CBA"] }],
];

/** The letter of the pair whose redirect joins or leaves. */
export const movingOf = (before: readonly Redirect[], after: readonly Redirect[]) =>
  after.find((each) => !before.includes(each))!.metadata.name.toUpperCase();

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
