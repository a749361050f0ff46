/**
 * Sensors that show the order in which packets pass them: each one writes its number into the next free byte of a numbered
 * frame, and a journal of all sensors, which one process keeps, has every frame as it came in.
 * @module
 */
import { idOf } from "../lab/frames.ts";
import type { PrivateOvs } from "../lab/ovs.ts";
import { PacketSocket } from "../lab/packets.ts";
import { ipIn } from "../lab/run.ts";
import { devicePair } from "../lab/wire.ts";

/** Bytes at the end of a numbered frame: a byte for each sensor that it passes, then the mark and the number. */
const [SLOTS, TRAILER] = [16, 8];
export const TAIL = SLOTS + TRAILER;
/** Milliseconds between two reads of a socket. */
const INTERVAL = 1;

const slotsOf = (frame: Uint8Array) => frame.subarray(-TAIL, -TRAILER);

/** The numbers of the sensors that a frame has passed, in their order. */
export const stampsOf = (frame: Uint8Array): number[] =>
  [...slotsOf(frame)].filter((stamp) => stamp > 0);

/** The frame as it was before any sensor. */
export function unstamped(frame: Uint8Array): Uint8Array {
  const copy = frame.slice();
  slotsOf(copy).fill(0);
  return copy;
}

/** What came into the sensors, in its order. */
export interface Entry {
  readonly pair: string;
  readonly id: number;
  /** As it came in. */
  readonly frame: Uint8Array;
}

/** The devices of a pair, by its name, and the ends of the sensor between them. */
export const devicesOf = (pair: string) => [`in${pair}`, `out${pair}`] as const;
/** The target port of a pair, by which the oracle knows it. */
export const targetOf = (pair: string) => devicesOf(pair)[0];
const endsOf = (pair: string) => devicesOf(pair).map((device) => `${device}-x`) as [string, string];

export class StampingSensor implements Disposable {
  #sockets: readonly PacketSocket[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #held: { readonly frame: Uint8Array; readonly until: number }[] = [];
  /** A sensor that hangs takes what comes in, and forwards nothing. */
  isHung = false;
  /** Milliseconds for which it keeps each frame. */
  hold = 0;

  private constructor(
    readonly ovs: PrivateOvs,
    readonly pair: string,
    readonly number: number,
    readonly journal: Entry[],
  ) {}

  /** Makes the devices of a pair, and a sensor between them. */
  static async make(
    ovs: PrivateOvs,
    [pair, number]: readonly [string, number],
    journal: Entry[],
  ): Promise<StampingSensor> {
    const sensor = new StampingSensor(ovs, pair, number, journal);
    await sensor.plug();
    return sensor;
  }

  /** Makes the devices, which are not there, and begins to forward. */
  async plug(): Promise<void> {
    const { ovs: { netns }, pair } = this;
    await devicePair(this.ovs, [...devicesOf(pair)]);
    await ipIn(netns, "link", "del", `w-${endsOf(pair)[0]}`);
    const [into, out] = endsOf(pair).map((device) => PacketSocket.open({ netns, device }));
    this.#sockets = [into!, out!];
    this.#timer = setInterval(() => this.#forward(into!, out!), INTERVAL);
  }

  /** Deletes the devices. */
  async unplug(): Promise<void> {
    this[Symbol.dispose]();
    for (const device of devicesOf(this.pair)) await ipIn(this.ovs.netns, "link", "del", device);
  }

  #forward(into: PacketSocket, out: PacketSocket): void {
    const now = performance.now();
    for (const frame of into.drain()) {
      this.#stamp(frame);
      if (!this.isHung) this.#held.push({ frame, until: now + this.hold });
    }
    while (this.#held[0] && this.#held[0].until <= now) out.send(this.#held.shift()!.frame);
  }

  /** Other frames than numbered ones, e.g. health probes, pass as they are. */
  #stamp(frame: Uint8Array): void {
    const id = idOf(frame);
    if (id === undefined) return;
    this.journal.push({ pair: targetOf(this.pair), id, frame: frame.slice() });
    const slots = slotsOf(frame);
    const free = slots.indexOf(0);
    if (free >= 0) slots[free] = this.number;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const socket of this.#sockets) socket.close();
    this.#sockets = [];
    this.#held.length = 0;
  }
}
