/** What came to each place, against what must have come. @module */
import { PacketSocket } from "../lab/packets.ts";
import { copiesOf, EVERYONE, type Packet, type World } from "./oracle.ts";
import { isOf, keyOf, type Sent } from "./packets.ts";

/** A place that packets come to: a Pod, a host, or the device of a target. */
export interface Place {
  readonly name: string;
  /** The frames with this key. */
  framesOf(key: string): readonly Uint8Array[];
}

/** Keeps the IP packets that arrive at a device. */
export class Capture implements Place, Disposable {
  readonly #socket: PacketSocket;
  readonly #frames = new Map<string, Uint8Array[]>();

  constructor(readonly name: string, device: { readonly netns: string; readonly device: string }) {
    this.#socket = PacketSocket.open(device);
  }

  /** Takes what has arrived since the last call. */
  look(): void {
    for (const frame of this.#socket.drain()) {
      const key = keyOf(frame);
      if (key === undefined) continue;
      const known = this.#frames.get(key);
      if (known) known.push(frame);
      else this.#frames.set(key, [frame]);
    }
  }

  framesOf(key: string): readonly Uint8Array[] {
    return this.#frames.get(key) ?? [];
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

/** The bytes of the one frame that comes to each place. To all other places none comes. */
export type Wanted = ReadonlyMap<string, number>;

/** What must come of a packet: it is received whole, and copied as the oracle says. @param hosts All, also the Pods. */
export function wantedOf(packet: Packet, world: World, hosts: readonly string[]): Wanted {
  const receivers = packet.to === EVERYONE
    ? hosts.filter((host) => host !== packet.from)
    : [packet.to];
  const received = receivers.map((name): [string, number] => [name, packet.length]);
  return new Map([...received, ...copiesOf(packet, world)]);
}

/** The frames of a packet that came to a place. The kernel's own packets may have the same key by chance. */
export const arrived = (sent: Sent, at: Place) =>
  at.framesOf(sent.key).filter((frame) => isOf(frame, sent));

/** What is wrong with what came of a packet: a line for each place. */
export function faultsOf(sent: Sent, wanted: Wanted, places: readonly Place[]): string[] {
  return places.flatMap((place) => {
    const frames = arrived(sent, place);
    const lengths = frames.map(({ length }) => length);
    const length = wanted.get(place.name);
    const isRight = length === undefined
      ? frames.length === 0
      : lengths.length === 1 && lengths[0] === length;
    const isChanged = frames.some((frame) => frame.some((byte, at) => byte !== sent.frame[at]));
    if (isRight && !isChanged) return [];
    const came = isChanged ? "other bytes than were sent" : `${lengths.join(" and ") || "nothing"}`;
    return [`${place.name}: ${came}, not ${length ?? "nothing"}: ${textOf(sent)}`];
  });
}

function textOf({ packet, key }: Sent): string {
  const { from, to, source, destination, ports, ...rest } = packet;
  const ends = `${from} ${source} ${ports?.from ?? ""} > ${to} ${destination} ${ports?.to ?? ""}`;
  return `${ends} ${JSON.stringify(rest)}, ${key}`;
}
