/** A stream of packets between two Pods, during which a test changes something. @module */
import assert from "node:assert/strict";
import { drops, unread } from "./lab.ts";
import { eventually } from "./ovs.ts";
import type { TestPod } from "./pod.ts";
import { type Counter, type Flow, send } from "./traffic.ts";

/** Packets per second, and milliseconds before and after the change. */
const [RATE, AROUND] = [1000, 300];
/** Largest number of packets in a stream. Usually a stream ends earlier, after its change. */
const MOST = 120_000;
/** Milliseconds between two reads of a counter. Its socket can hold the frames of about 20 s. */
const LOOK_INTERVAL = 100;
/** Which frames of a stream the sensors must see: all of them, those before the change, or those after it. */
export type Seen = "all" | "before" | "after";

function isAsSaid(seen: readonly boolean[], said: Seen): boolean {
  if (said === "all") return seen.every((each) => each);
  const first = said === "before"; // whether the first frames are seen; from the turn on it is the opposite
  const turn = seen.findIndex((each) => each !== first);
  return turn > 0 && seen.slice(turn).every((each) => each !== first);
}

/** Between which Pods a stream is, and what differs from frame to frame. */
interface Streamed extends Pick<Flow, "each"> {
  readonly from: TestPod;
  readonly to: TestPod;
}

/** A stream from one Pod to another. @param at Counts at the receiver. @param sensors Count at the target ports. */
export class Stream {
  constructor(
    readonly pods: Streamed,
    readonly at: Counter,
    readonly sensors: readonly Counter[],
  ) {}

  /**
   * Checks that a change loses no frame and duplicates none, and that the sensors see each frame at most once.
   *
   * @param seen Which frames the sensors must see.
   * @param change Runs in the middle of the stream.
   */
  async goesOn(seen: Seen, change: () => Promise<unknown>): Promise<void> {
    const { from } = this.pods;
    const unreadBefore = await unread(from.ovs, from);
    const done = new AbortController();
    const sending = send({ ...this.pods, count: MOST, rate: RATE, signal: done.signal });
    const looking = setInterval(() => this.#look(), LOOK_INTERVAL);
    await pause(AROUND);
    await change().finally(async () => {
      await pause(AROUND);
      done.abort();
      clearInterval(looking);
    });
    const ids = await sending;
    const missing = () => ids.filter((id) => this.#count(id, [this.at]) === 0);
    await eventually("all frames", () => missing().length === 0, 2000).catch(() => {});
    const never = await unread(from.ovs, from) - unreadBefore;
    const came = ids.filter((id) => this.#count(id, [this.at, ...this.sensors]) > 0);
    const seenBySensors = came.map((id) => this.#count(id, this.sensors));
    assert.deepEqual(
      {
        // Of the frames that the switch never read some may be those that the Pod's kernel sent by itself.
        lost: Math.max(0, missing().length - never),
        twiceAtPod: ids.filter((id) => this.#count(id, [this.at]) > 1).length,
        seenTwice: seenBySensors.filter((count) => count > 1).length,
        [`seen ${seen}`]: isAsSaid(seenBySensors.map((count) => count > 0), seen),
      },
      { lost: 0, twiceAtPod: 0, seenTwice: 0, [`seen ${seen}`]: true },
      await this.#report(ids),
    );
  }

  /** Text for a failed test: at which frames the counts changed, and what the switch has dropped. */
  async #report(ids: readonly number[]): Promise<string> {
    const runs = ids.map((id, at) => ({
      at,
      what: `${this.#count(id, [this.at])} at the Pod, ${this.#count(id, this.sensors)} seen`,
    }));
    const turns = runs.filter(({ what }, at) => what !== runs[at - 1]?.what);
    const places = turns.map(({ at, what }) => `from frame ${at}: ${what}`);
    const twice = ids.filter((id) => this.#count(id, this.sensors) > 1).map((id) => {
      const seen = this.sensors.filter((sensor) => sensor.count(id) > 0);
      return `frame ${ids.indexOf(id)}: ${seen.map((at) => `${at.count(id)} at ${at.name}`)}`;
    });
    return [`${ids.length} frames`, ...places, ...twice, await drops(this.pods.from.ovs)].join(
      "\n",
    );
  }

  #look(): void {
    for (const counter of [this.at, ...this.sensors]) counter.look();
  }

  #count(id: number, counters: readonly Counter[]): number {
    this.#look();
    return counters.reduce((sum, counter) => sum + counter.count(id), 0);
  }
}

/** Checks that a change loses no packet of any of these streams, of which the sensors see all. */
export async function allGoOn(
  streams: readonly Stream[],
  change: () => Promise<void>,
): Promise<void> {
  const changed = Promise.withResolvers<void>();
  const [first, ...others] = streams;
  await Promise.all([
    first!.goesOn("all", () => change().finally(changed.resolve)),
    ...others.map((stream) => stream.goesOn("all", () => changed.promise)),
  ]);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
