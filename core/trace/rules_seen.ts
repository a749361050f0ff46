/**
 * Which rule of a TrafficControl has taken a packet. The packet asks a filter, and then a leg or a gate whether it is taken:
 * tables Filter, Leg and Gate of the pipeline. Pure.
 * @module
 */
import type { KnownRow } from "./known_rows.ts";

const ASKED = /\breg6=0x([0-9a-f]+)/;
const BEST = /\breg5=0x([0-9a-f]+)/;

export class RulesSeen {
  /** The rule that the last filter has found. */
  #last: number | undefined;
  /** The rules by which legs have taken the packet. */
  readonly #ofLegs = new Map<string, number | undefined>();
  /** The rule by which the packet is taken now. */
  current: number | undefined;

  /** Sees a flow of Sluice. */
  see({ table, row, place }: KnownRow, match: string): void {
    if (table === "Filter") this.#last = row.name === "rule" ? place + 1 : undefined;
    else if (table === "Leg") this.#leg(row.name, match);
    else if (table === "Gate") this.current = this.#last;
  }

  /** A filter is asked: as long as no flow of it is seen, no rule has been found. */
  asks(): void {
    this.#last = undefined;
  }

  #leg(name: string, match: string): void {
    const best = BEST.exec(match)?.[1];
    if (name === "better") this.#ofLegs.set(ASKED.exec(match)?.[1] ?? "", this.#last);
    else if (best !== undefined) this.current = this.#ofLegs.get(best);
  }

  /** What was taken is done. */
  done(): void {
    this.current = undefined;
  }
}
