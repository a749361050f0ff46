/** The interfaces of a capture: one for each Pod and direction. It counts what is kept of each. @module */
import type { PacketDirection } from "../contracts/mod.ts";
import type { Found } from "./finder.ts";
import { interfaceDescription, interfaceStatistics } from "./pcapng.ts";
import type { PacketCounts } from "./tap.ts";

export interface InterfacesOptions {
  /** What is captured, e.g. `tc/mirror-web-app`. */
  readonly target: string;
  readonly snapLength: number;
  /** Gets the block of each interface. */
  readonly write: (block: Uint8Array<ArrayBuffer>) => void;
}

interface Interface {
  readonly number: number;
  readonly found: Found;
  kept: bigint;
}

/** What is known at the end. */
export interface Outcome {
  /** Microseconds since 1970 began. */
  readonly begin: bigint;
  readonly end: bigint;
  /** What was left out; absent if it is not known. */
  readonly leftOut?: PacketCounts;
  /** Why the session has ended. */
  readonly why: string;
}

/** In comments of interfaces: what the capture is of. */
const comment = (target: string) =>
  target.startsWith("tc/") ? `TrafficControl ${target.slice("tc/".length)}` : target;

export class Interfaces {
  readonly #options: InterfacesOptions;
  readonly #all = new Map<string, Interface>();

  constructor(options: InterfacesOptions) {
    this.#options = options;
  }

  /** The name of an interface. Packets without a Pod are those that several Pods receive, or whose Pod has gone. */
  #name({ pod, direction }: Found): string {
    return `${pod ?? this.#options.target} ${direction}`;
  }

  /** The number of the interface of a packet. */
  of(found: Found): Interface {
    const name = this.#name(found);
    return this.#all.getOrInsertComputed(name, () => {
      const { target, snapLength, write } = this.#options;
      write(interfaceDescription({ name, comment: comment(target), snapLength }));
      return { number: this.#all.size, found, kept: 0n };
    });
  }

  /** How many packets of each direction are kept. */
  kept(direction: PacketDirection): bigint {
    return [...this.#all.values()].filter(({ found }) => found.direction === direction)
      .reduce((sum, { kept }) => sum + kept, 0n);
  }

  /**
   * Writes the statistics of each interface. Copies that the switch left out were in no packet that anybody has seen, so
   * their Pod is known only if there is one alone. Otherwise they stand at an interface without a Pod.
   */
  end({ begin, end, leftOut, why }: Outcome): void {
    const blamed = leftOut && new Map(
      (["egress", "ingress"] as const).map((each) => [this.#blamed(each, leftOut[each]), each]),
    );
    for (const each of this.#all.values()) {
      const { number, kept, found: { direction } } = each;
      const dropped = leftOut && (blamed!.has(each) ? leftOut[direction] : 0n);
      this.#options.write(interfaceStatistics({
        at: number,
        begin,
        end,
        ...(dropped !== undefined && { received: kept + dropped, dropped }),
        comment: why,
      }));
    }
  }

  /** The interface at which the packets stand that were left out; nothing if there is none of that direction. */
  #blamed(direction: PacketDirection, leftOut: bigint): Interface | undefined {
    const [first, ...others] = [...this.#all.values()]
      .filter(({ found }) => found.direction === direction);
    if (leftOut === 0n || (first && others.length === 0)) return first;
    return this.of({ direction });
  }
}
