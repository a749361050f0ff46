/** Finds out which Pod a captured packet is of. @module */
import type { Model } from "../model/model.ts";
import type { PacketDirection } from "../contracts/mod.ts";
import type { PodKey } from "../objects/types.ts";
import { directionOf } from "../model/flows/captures.ts";
import type { PacketIn } from "../openflow/mod.ts";

export interface Found {
  /** Absent if it is not known, or several Pods receive it. */
  readonly pod?: PodKey;
  readonly direction: PacketDirection;
}

/** Milliseconds between two looks at where Pods are, for packets of which no Pod is found. */
const LOOK_INTERVAL = 1000;
const MAC_BYTES = 6;
/** Where Ethernet's type is, and the destination address of IP behind it. */
const [TYPE, TAG] = [12, 4];
const VLAN_TYPES = [0x8100, 0x88a8];
const IP = {
  0x0800: { at: 14 + 16, bytes: 4 },
  0x86dd: { at: 14 + 24, bytes: 16 },
} as const;

/** The destination address in a frame, in hexadecimal digits; nothing if it is not IP. */
function destinationOf(frame: Uint8Array): string | undefined {
  const typeAt = (at: number) => frame[at]! << 8 | frame[at + 1]!;
  let shift = 0;
  while (VLAN_TYPES.includes(typeAt(TYPE + shift))) shift += TAG;
  const found = IP[typeAt(TYPE + shift) as keyof typeof IP];
  if (!found) return undefined;
  const from = found.at + shift;
  return frame.subarray(from, from + found.bytes).toHex();
}

/** The bytes of an address as text, in hexadecimal digits. */
function addressHex(ip: string): string {
  if (!ip.includes(":")) return new Uint8Array(ip.split(".").map(Number)).toHex();
  const host = new URL(`http://[${ip}]/`).hostname.slice(1, -1); // in its shortest form
  const [head = "", tail] = host.split("::");
  const groups = (text: string) => text === "" ? [] : text.split(":");
  const [front, back] = [groups(head), groups(tail ?? "")];
  const all = [...front, ...Array(8 - front.length - back.length).fill("0"), ...back];
  return all.map((group) => group.padStart(4, "0")).join("");
}

export class PodFinder {
  readonly #model: Pick<Model, "pods" | "treatedPod" | "ofport">;
  readonly #selects: (pod: PodKey) => boolean;
  /** By the number of a port. */
  #senders = new Map<number, PodKey>();
  /** By MAC, or IP address, in hexadecimal digits. Nothing stands for several Pods. */
  #receivers = new Map<string, PodKey | undefined>();
  #lookedAt = -Infinity;

  constructor(
    model: Pick<Model, "pods" | "treatedPod" | "ofport">,
    selects: (pod: PodKey) => boolean,
  ) {
    this.#model = model;
    this.#selects = selects;
  }

  /** The Pods whose packets come. */
  pods(): PodKey[] {
    return [...this.#model.pods.keys()].filter(this.#selects).sort();
  }

  /** @param now Milliseconds, monotonic. */
  find({ cookie, match, data }: PacketIn, now: number): Found {
    const port = Number(match.in_port?.value ?? 0);
    const direction = directionOf(cookie) ?? (this.#senders.has(port) ? "egress" : "ingress");
    const pod = this.#lookUp(direction, port, data);
    if (pod !== undefined || now < this.#lookedAt + LOOK_INTERVAL) {
      return { direction, ...(pod !== undefined && { pod }) };
    }
    this.#look();
    this.#lookedAt = now;
    return this.find({ cookie, match, data } as PacketIn, now);
  }

  #lookUp(direction: PacketDirection, port: number, data: Uint8Array): PodKey | undefined {
    if (direction === "egress") return this.#senders.get(port);
    return this.#receivers.get(data.subarray(0, MAC_BYTES).toHex()) ??
      this.#receivers.get(destinationOf(data) ?? "");
  }

  #look(): void {
    this.#senders = new Map();
    this.#receivers = new Map();
    const receives = (key: string, pod: PodKey) =>
      this.#receivers.set(
        key,
        this.#receivers.has(key) && this.#receivers.get(key) !== pod ? undefined : pod,
      );
    for (const pod of this.pods()) {
      for (const { port, macs, ips, match } of this.#model.treatedPod(pod)?.ports ?? []) {
        const number = this.#model.ofport(port);
        if (number !== undefined) this.#senders.set(number, pod);
        for (const mac of macs) receives(mac.replaceAll(":", "").toLowerCase(), pod);
        for (const ip of match === "ip" ? ips : []) receives(addressHex(ip), pod);
      }
    }
  }
}
