/**
 * The owner's flows that send packets to the ports of Pods, for pipelines that have rows in their place. Pure.
 * @module
 */
import type { Delivery } from "../../contracts/mod.ts";
import { flowKey } from "../../openflow/mod.ts";
import { isUnselected, type TreatedPort } from "../pods/treated_pod.ts";

/** Such flows, by the number of the port. */
export type DeliveriesByPort = ReadonlyMap<number, readonly Delivery[]>;

export interface DeliveriesOptions {
  /** The ports of all Pods. */
  readonly ports: () => readonly TreatedPort[];
  /** The number of a port; nothing if it is not on the bridge. */
  readonly numberOf: (port: string) => number | undefined;
  /** Called with the ports of which something else is known than before. */
  readonly onChange: (changed: (port: TreatedPort) => boolean) => void;
}

export class Deliveries {
  readonly #options: DeliveriesOptions;
  #byPort: DeliveriesByPort = new Map();

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** The owner's flows that send packets to the port with this number. */
  of(ofport: number): readonly Delivery[] {
    return this.#byPort.get(ofport) ?? [];
  }

  /** Whether the owner has no such flow at all, as far as is known: it may have moved them to another table. */
  get isEmpty(): boolean {
    return this.#byPort.size === 0;
  }

  /** Takes all such flows of the owner. */
  observe(byPort: DeliveriesByPort = new Map()): void {
    const { numberOf, onChange } = this.#options;
    const before = this.#byPort;
    this.#byPort = byPort;
    const changed = new Set(
      [...before.keys(), ...byPort.keys()]
        .filter((port) => textOf(before.get(port)) !== textOf(byPort.get(port))),
    );
    if (changed.size > 0) onChange(({ port }) => changed.has(numberOf(port) ?? 0));
  }

  /** Names of the ports of treated Pods to which no flow of the owner sends packets. */
  missing(): string[] {
    const { ports, numberOf } = this.#options;
    const isMissing = (ofport: number | undefined) =>
      ofport !== undefined && !this.#byPort.has(ofport);
    return ports().filter((each) => !isUnselected(each) && isMissing(numberOf(each.port)))
      .map(({ port }) => port);
  }
}

/** All of them, to be compared. */
const textOf = (deliveries: readonly Delivery[] = []) =>
  deliveries.map((each) => flowKey({ ...each, priority: 0 })).sort().join(" ");
