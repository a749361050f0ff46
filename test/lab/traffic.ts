/** Traffic that is counted: what was sent, what came where, how often. @module */
import assert from "node:assert/strict";
import { frame, type FrameOptions, idOf } from "./frames.ts";
import { eventually } from "./ovs.ts";
import { PacketSocket } from "./packets.ts";
import type { TestPod } from "./pod.ts";

/** So many frames at once do not overrun a socket's buffer. */
const CHUNK = 32;
/** Milliseconds in which a frame too many would have come after the last that is expected. */
const QUIET = 60;
const ARRIVAL_TIMEOUT = 5000;

/** Bytes, without and with one VLAN tag. */
const [ETHERNET_HEADER, TAGGED_HEADER] = [14, 18];

let lastID = 0;

/** One place where frames arrive. */
export class Counter implements Disposable {
  readonly #socket: PacketSocket;
  readonly #accepts: (frame: Uint8Array) => boolean;
  readonly frames: Uint8Array[] = [];
  /** Frames that no test has sent: the kernel of a Pod sends some by itself. */
  strays = 0;
  #counts = new Map<number, number>();

  /** @param place `accepts` leaves frames out that are none of its business. */
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

  look(): void {
    for (const bytes of this.#socket.drain()) {
      const id = idOf(bytes);
      if (id === undefined) this.strays++;
      if (id === undefined || !this.#accepts(bytes)) continue;
      this.frames.push(bytes);
      this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
    }
  }

  count(id: number): number {
    return this.#counts.get(id) ?? 0;
  }

  reset(): void {
    this.look();
    this.#counts.clear();
    this.frames.length = 0;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

export interface Flow {
  readonly from: { readonly device: string } & Pick<TestPod, "netns" | "mac" | "ips">;
  /** A Pod, or whatever has a MAC and addresses. */
  readonly to: { readonly mac: string; readonly ips: readonly string[] };
  readonly version?: 4 | 6;
  readonly count?: number;
  /** Packets a second; as fast as the sockets' buffers allow when absent. */
  readonly rate?: number;
  /** Ends it early. */
  readonly signal?: AbortSignal;
  /** What is not as usual, e.g. another source MAC. */
  readonly frame?: Partial<FrameOptions>;
  /** The same, by the frame's place in the stream. */
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

/** @returns The numbers of the frames that were sent. */
export async function send(flow: Flow): Promise<number[]> {
  const { from, count = 20, rate, signal } = flow;
  using socket = PacketSocket.open(from);
  const ids: number[] = [];
  const begin = performance.now();
  for (let index = 0; index < count && !signal?.aborted; index++) {
    const id = ++lastID;
    ids.push(id);
    socket.send(frameOf(flow, id, index));
    const early = rate === undefined ? 0 : begin + 1000 * index / rate - performance.now();
    // Who is late catches up in chunks, too.
    if (early > 1 || index % CHUNK === CHUNK - 1) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(1, early)));
    }
  }
  return ids;
}

/** How often each frame shall have come at each place. */
export type Expected = readonly (readonly [Counter, times: number])[];

/**
 * Every frame came exactly so often, at every place: nothing lost, nothing twice, no loop.
 *
 * @param options `arrival`: milliseconds in which all must have come.
 * @throws {AssertionError} If not; it says where and how many.
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
    .catch(() => {}); // the comparison below says what is missing
  await new Promise((resolve) => setTimeout(resolve, QUIET));
  const named = (sums: readonly number[]) =>
    Object.fromEntries(expected.map(([{ name }], i) => [name, sums[i]]));
  assert.deepEqual(named(seen()), named(wanted));
  for (const [counter, times] of expected) {
    const wrong = ids.filter((id) => counter.count(id) !== times);
    assert.deepEqual(wrong, [], `${counter.name}: frames that came another number of times`);
  }
}

/** Sends and compares: counts, and every byte of the IP packets, inside a tunnel, too. */
export async function expectFlow(flow: Flow, expected: Expected): Promise<void> {
  const ids = await send(flow);
  await expectCounts(ids, expected);
  // The IP packet: access ports take tags off and put them on, tunnels put headers in front.
  const header = flow.frame?.vlan === undefined ? ETHERNET_HEADER : TAGGED_HEADER;
  const sent = new Map(ids.map((id, index) => [id, frameOf(flow, id, index).slice(header)]));
  for (const [{ name, frames }] of expected) {
    for (const bytes of frames) {
      const whole = sent.get(idOf(bytes)!);
      if (whole) assert.deepEqual(bytes.slice(-whole.length), whole, `${name}: not as it was sent`);
    }
  }
}
