/** Numbered packets with room for the stamps of sensors, and what arrived of them. @module */
import { idOf, trailer, u16 } from "../lab/frames.ts";
import { PacketSocket } from "../lab/packets.ts";
import type { Packet } from "../policy/oracle.ts";
import { build, fragments, type Shape } from "../policy/packets.ts";
import { newIDs } from "../policy/world.ts";
import { TAIL } from "./sensors.ts";

/** A packet as it is sent. */
export interface Sent {
  readonly id: number;
  readonly packet: Packet;
  /** Without a VLAN tag. */
  readonly frame: Uint8Array;
}

/** Bytes of the shortest frame that has room for all headers and the stamps. */
export const SHORTEST = 128;
const [MACS, ETHERTYPE_VLAN, TAG] = [12, 0x8100, 4];

/** Puts the number, and free bytes for stamps, at the end of a frame. */
function numbered({ packet, frame }: Omit<Sent, "id">, id: number): Sent {
  const copy = frame.slice();
  copy.set([...new Array(TAIL - trailer(id).length).fill(0), ...trailer(id)], copy.length - TAIL);
  return { id, packet, frame: copy };
}

/** Builds a packet. */
export const sentOf = (shape: Shape): Sent => numbered(build(shape), shape.id);

/** Builds the fragments of a datagram. */
export function fragmentsOf(shape: Shape, count: number): Sent[] {
  const ids = newIDs(count);
  return fragments(shape, ids).map((fragment, index) => numbered(fragment, ids[index]!));
}

export function tagged(frame: Uint8Array, vlan: number): Uint8Array {
  const tag = [...u16(ETHERTYPE_VLAN), ...u16(vlan)];
  return new Uint8Array([...frame.subarray(0, MACS), ...tag, ...frame.subarray(MACS)]);
}

/** The VLAN of a frame, if it has a tag, and the frame without it. */
export function untagged(
  frame: Uint8Array,
): { readonly vlan?: number; readonly frame: Uint8Array } {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint16(MACS) !== ETHERTYPE_VLAN) return { frame };
  return {
    vlan: view.getUint16(MACS + 2) & 0xfff,
    frame: new Uint8Array([...frame.subarray(0, MACS), ...frame.subarray(MACS + TAG)]),
  };
}

/** Sends from one host, and keeps the numbered frames that arrive there. */
export class Port implements Disposable {
  readonly #socket: PacketSocket;
  readonly #frames = new Map<number, Uint8Array[]>();

  constructor(readonly name: string, device: { readonly netns: string; readonly device: string }) {
    this.#socket = PacketSocket.open(device);
  }

  send(frame: Uint8Array): void {
    this.#socket.send(frame);
  }

  /** Takes what has arrived since the last call. */
  look(): void {
    for (const frame of this.#socket.drain()) {
      const id = idOf(frame);
      if (id === undefined) continue;
      const known = this.#frames.get(id);
      if (known) known.push(frame);
      else this.#frames.set(id, [frame]);
    }
  }

  framesOf(id: number): readonly Uint8Array[] {
    return this.#frames.get(id) ?? [];
  }

  /** Forgets what has arrived so far. */
  reset(): void {
    this.look();
    this.#frames.clear();
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
