/** The sensors behind the pairs that are in use: those that are probed, and those that are not. @module */
import type { ProbedSensor, SensorPair } from "../../contracts/mod.ts";
import type { FindPort } from "../choices/choices.ts";
import { pairOf, probeOf, type SensorReport, type Sensors } from "../choices/sensors.ts";
import type { PartsInUse } from "./parts_in_use.ts";

export class SensorsInUse {
  readonly #used: PartsInUse;
  readonly #sensors: Sensors;
  readonly #find: FindPort;
  /** What follows from all pairs, until one of them changes. */
  #probed: readonly ProbedSensor[] | undefined;
  #unprobed: readonly SensorPair[] | undefined;

  constructor(used: PartsInUse, sensors: Sensors, find: FindPort) {
    this.#used = used;
    this.#sensors = sensors;
    this.#find = find;
  }

  /** A pair, or a choice among pairs, is written again: it may have other ports, or be there no more. */
  changed(): void {
    this.#probed = this.#unprobed = undefined;
  }

  /** The sensors that are to be probed. */
  probed(): readonly ProbedSensor[] {
    return this.#probed ??= this.#sensors.probed(this.#used.allChoices(), this.#find);
  }

  /** The other ones: only the counters of their ports can tell whether they work. */
  unprobed(): readonly SensorPair[] {
    return this.#unprobed ??= [...this.#used.pairs.values()].flatMap(({ value: pair }) => {
      const hop = this.#used.hopOf(pair);
      const sensor = hop && probeOf(hop) ? undefined : pairOf(pair, this.#find);
      return sensor ? [sensor] : [];
    });
  }

  /** What is known of the probed ones. */
  reports(): SensorReport[] {
    return this.#sensors.reports(this.#used.allChoices());
  }
}
