/** Sends numbered frames, and counts how often each of them comes to each place. @module */
import assert from "node:assert/strict";
import { frame, type FrameOptions, idOf } from "./frames.ts";
import { eventually } from "./ovs.ts";
import { PacketSocket } from "./packets.ts";
import type { TestPod } from "./pod.ts";

/** Number of frames that are sent without a pause. That many do not overrun a socket's buffer. */
const CHUNK = 32;
/** So many chunks are on the way at once if a flow waits for what has arrived: a socket holds 270 frames. */
const ON_THE_WAY = 4;
/** Milliseconds after the last expected frame, in which a surplus frame would come. */
const QUIET = 60;
/** Milliseconds. */
const ARRIVAL_TIMEOUT = 5000;

/** Length of an Ethernet header in bytes, without and with a VLAN tag. */
const [ETHERNET_HEADER, TAGGED_HEADER] = [14, 18];

let lastID = 0;

/** Counts the numbered frames that arrive at one device. */
export class Counter implements Disposable {
  readonly #socket: PacketSocket;
  readonly #accepts: (frame: Uint8Array) => boolean;
  readonly frames: Uint8Array[] = [];
  /** Frames that no test has sent: the kernel of a Pod sends some by itself. */
  readonly strays: Uint8Array[] = [];
  #counts = new Map<number, number>();

  /** @param place The device. Frames for which `accepts` returns false are not counted. */
  constructor(
    readonly name: string,
    place: {
      readonly netns: string;
      readonly device: string;
      readonly accepts?: (frame: Uint8Array) => boolean;
    },
  ) {
    this.#socket = PacketSocket.open(place);
    this.#accepts = place.accepts ?? (() => true);
  }

  static at(pod: TestPod): Counter {
    return new Counter(pod.name, pod);
  }

  /** Counts the frames that have arrived since the last call. */
  look(): void {
    for (const bytes of this.#socket.drain()) {
      const id = idOf(bytes);
      if (id === undefined) this.strays.push(bytes);
      if (id === undefined || !this.#accepts(bytes)) continue;
      this.frames.push(bytes);
      this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
    }
  }

  /** How often the frame with this number has arrived. */
  count(id: number): number {
    return this.#counts.get(id) ?? 0;
  }

  /** Forgets all frames so far. */
  reset(): void {
    this.look();
    this.#counts.clear();
    this.frames.length = 0;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** Frames from one place to another. */
export interface Flow {
  readonly from: { readonly device: string } & Pick<TestPod, "netns" | "mac" | "ips">;
  /** A Pod, or another receiver with a MAC and addresses. */
  readonly to: { readonly mac: string; readonly ips: readonly string[] };
  readonly version?: 4 | 6;
  readonly count?: number;
  /** Packets per second; if absent, as fast as the sockets' buffers allow. */
  readonly rate?: number;
  /** Where each frame arrives, in place of a rate: no more are on the way at once than the switch's sockets can hold. */
  readonly pace?: Counter;
  /** Ends the sending early. */
  readonly signal?: AbortSignal;
  /** Changes all frames, for example their source MAC. */
  readonly frame?: Partial<FrameOptions>;
  /** Changes single frames. The first frame has index 0. */
  readonly each?: (index: number) => Partial<FrameOptions>;
}

function address(ips: readonly string[], version: 4 | 6): string {
  return ips.find((ip) => ip.includes(":") === (version === 6))!.split("/")[0]!;
}

function frameOf(flow: Flow, id: number, index: number): Uint8Array {
  const { from, to, version = 4, frame: more, each } = flow;
  return frame({
    from: from.mac,
    to: to.mac,
    source: address(from.ips, version),
    destination: address(to.ips, version),
    id,
    ...more,
    ...each?.(index),
  });
}

/** Waits for a frame. Those before it have then arrived, too, or are lost. */
function arrived(at: Counter, id: number | undefined): Promise<true> {
  return eventually("a frame for which others wait", () => {
    at.look();
    return id === undefined || at.count(id) > 0;
  });
}

/** Sends frames. @returns Their numbers, which no other frame of this process has. */
export async function send(flow: Flow): Promise<number[]> {
  const { from, count = 20, rate, pace, signal } = flow;
  using socket = PacketSocket.open(from);
  const ids: number[] = [];
  const begin = performance.now();
  for (let index = 0; index < count && !signal?.aborted; index++) {
    const id = ++lastID;
    ids.push(id);
    socket.send(frameOf(flow, id, index));
    if (pace && index % CHUNK === CHUNK - 1) await arrived(pace, ids.at(-CHUNK * ON_THE_WAY));
    const early = rate === undefined ? 0 : begin + 1000 * index / rate - performance.now();
    // A sender that is late sends without the pauses of `rate`, but still in chunks.
    if (early > 1 || (!pace && index % CHUNK === CHUNK - 1)) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(1, early)));
    }
  }
  return ids;
}

/** How often each frame must come to each place. */
export type Expected = readonly (readonly [Counter, times: number])[];

/**
 * Waits for frames, and checks that each frame came to each place exactly as often as expected.
 *
 * @param ids The numbers of the frames.
 * @param options `arrival`: milliseconds within which all must have come.
 * @throws {AssertionError} If not. The message has the place and the numbers.
 */
export async function expectCounts(
  ids: readonly number[],
  expected: Expected,
  { arrival = ARRIVAL_TIMEOUT }: { readonly arrival?: number } = {},
): Promise<void> {
  const seen = () =>
    expected.map(([counter]) => {
      counter.look();
      return ids.reduce((sum, id) => sum + counter.count(id), 0);
    });
  const wanted = expected.map(([, times]) => times * ids.length);
  await eventually("all frames", () => seen().every((sum, i) => sum >= wanted[i]!), arrival)
    .catch(() => {}); // the comparison below fails with a better message
  await new Promise((resolve) => setTimeout(resolve, QUIET));
  const named = (sums: readonly number[]) =>
    Object.fromEntries(expected.map(([{ name }], i) => [name, sums[i]]));
  assert.deepEqual(named(seen()), named(wanted));
  for (const [counter, times] of expected) {
    const wrong = ids.filter((id) => counter.count(id) !== times);
    assert.deepEqual(wrong, [], `${counter.name}: frames that came another number of times`);
  }
}

/** Sends frames, and checks counts and all bytes of the IP packets. A packet may arrive inside a tunnel. */
export async function expectFlow(flow: Flow, expected: Expected): Promise<void> {
  const ids = await send(flow);
  await expectCounts(ids, expected);
  // Only the IP packet is compared: access ports change VLAN tags, and tunnels put headers before it.
  const header = flow.frame?.vlan === undefined ? ETHERNET_HEADER : TAGGED_HEADER;
  const sent = new Map(ids.map((id, index) => [id, frameOf(flow, id, index).slice(header)]));
  for (const [{ name, frames }] of expected) {
    for (const bytes of frames) {
      const whole = sent.get(idOf(bytes)!);
      if (whole) assert.deepEqual(bytes.slice(-whole.length), whole, `${name}: not as it was sent`);
    }
  }
}
