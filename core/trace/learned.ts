/**
 * What the switch would learn from a packet. A trace has no effect, so it learns nothing: what a learned flow would write
 * into registers follows from the action `learn`, ovs-actions(7), and from what is known of the packet then. Pure.
 * @module
 */
import type { TracedPacket } from "./packet.ts";

/** A part of an action `learn`: what the learned flow writes into a part of a register. */
const LOADED =
  /\bload:(?<source>[^,()]+?)->NXM_NX_REG(?<number>\d+)\[(?:(?<start>\d+)(?:\.\.(?<end>\d+))?)?\]/g;
/** An action that writes a whole register. */
const SET = /^set_field:(?<value>0x[0-9a-f]+|\d+)->(?<register>reg\d+)$/;
/** An action that writes the number of the port by which the packet came in. */
const TO_IN_PORT = /^move:NXM_NX_REG(?<number>\d+)\[[^\]]*\]->NXM_OF_IN_PORT\[\]$/;

const LAST_BIT = 31;
const VID_BITS = 0xfff;

/** The bits from `start` to `end` of a register. */
function placed(before: number, value: number, [start, end]: readonly [number, number]): number {
  const mask = (2n ** BigInt(end - start + 1) - 1n) << BigInt(start);
  return Number(BigInt(before) & ~mask | BigInt(value) << BigInt(start) & mask);
}

export class Learning {
  /** The registers that flows would write which are learned from the packet. */
  readonly learned = new Map<string, number>();
  readonly #registers: Map<string, number>;
  readonly #packet: TracedPacket;
  #inPort: number;

  /** @param ofport Number of the port by which the packet comes in. */
  constructor(packet: TracedPacket, ofport: number, registers: ReadonlyMap<string, number>) {
    this.#packet = packet;
    this.#inPort = ofport;
    this.#registers = new Map(registers);
  }

  /** Sees an action that is carried out. */
  see(text: string): void {
    const set = SET.exec(text)?.groups;
    if (set) this.#registers.set(set.register!, Number(set.value));
    const moved = TO_IN_PORT.exec(text)?.groups;
    if (moved) this.#inPort = this.#registers.get(`reg${moved.number}`) ?? this.#inPort;
    if (text.startsWith("learn(")) this.#learn(text);
  }

  #learn(text: string): void {
    for (const { groups } of text.matchAll(LOADED)) {
      const { source, number, start = "0", end = groups!.start ?? `${LAST_BIT}` } = groups!;
      const value = this.#valueOf(source!);
      if (value === undefined) continue;
      const register = `reg${number}`;
      const before = this.learned.get(register) ?? 0;
      this.learned.set(register, placed(before, value, [Number(start), Number(end)]));
    }
  }

  #valueOf(source: string): number | undefined {
    if (/^(?:0x[0-9a-f]+|\d+)$/.test(source)) return Number(source);
    if (source === "NXM_OF_IN_PORT[]") return this.#inPort;
    const [tag] = this.#packet.vlans;
    return source === "OXM_OF_VLAN_VID[]" && tag !== undefined ? tag & VID_BITS : undefined;
  }
}
