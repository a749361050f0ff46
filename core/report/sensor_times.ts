/** What is measured of probed sensors, and for how long packets have passed by them. Pure. @module */
import type { SensorState } from "../contracts/mod.ts";
import { sensorId, type SensorReport } from "../model/choices/sensors.ts";

/** How often a sensor has become so. */
export type Transitions = Readonly<Partial<Record<SensorState, number>>>;

/** All times are milliseconds. */
export interface SensorTimes {
  /** What the last answer took; absent before the first one. */
  readonly roundTrip?: number;
  /** For how long packets have passed by it. */
  readonly passedBy: number;
  /** Absent before the first verdict. */
  readonly transitions?: Transitions;
}

/** A probed sensor, as the state shows it. */
export interface ShownSensor extends SensorReport {
  /** How long the last probe that came back was on its way, to three decimals; absent before the first one. */
  readonly roundTripMilliseconds?: number;
}

const MICROSECONDS = 1000;

/** @param times By the IDs of sensors. */
export function shownSensors(
  reports: readonly SensorReport[],
  times: ReadonlyMap<string, SensorTimes>,
): ShownSensor[] {
  return reports.map((report) => {
    const { roundTrip } = times.get(sensorId(report)) ?? {};
    if (roundTrip === undefined) return report;
    return {
      ...report,
      roundTripMilliseconds: Math.round(roundTrip * MICROSECONDS) / MICROSECONDS,
    };
  });
}

interface Open {
  /** Before it was open the last time. */
  readonly total: number;
  /** Since when it is open; nothing if it is not. */
  readonly since: number | undefined;
}

/** Adds up for how long sensors are open. */
export class OpenTimes {
  #open: ReadonlyMap<string, Open> = new Map();

  /** Takes which sensors there are now, and whether packets pass by them. One that is gone is forgotten. */
  update(reports: readonly SensorReport[], now: number): void {
    this.#open = new Map(reports.map((report) => {
      const id = sensorId(report);
      const since = report.isOpen ? this.#open.get(id)?.since ?? now : undefined;
      const total = since === undefined ? this.of(id, now) : this.#open.get(id)?.total ?? 0;
      return [id, { total, since }];
    }));
  }

  /** For how long packets have passed by the sensor until now. */
  of(id: string, now: number): number {
    const { total = 0, since = now } = this.#open.get(id) ?? {};
    return total + (now - since); // exactly the total if it is not open: a counter must never go down
  }
}

/** Counts how often each sensor becomes what. */
export class TransitionCounts {
  #counts = new Map<string, Transitions>();

  count(id: string, state: SensorState): void {
    const before = this.#counts.get(id);
    this.#counts.set(id, { ...before, [state]: (before?.[state] ?? 0) + 1 });
  }

  of(id: string): Transitions | undefined {
    return this.#counts.get(id);
  }

  /** Forgets those of sensors that are not there any more. */
  keepOnly(reports: readonly SensorReport[]): void {
    const ids = new Set(reports.map(sensorId));
    for (const id of this.#counts.keys()) if (!ids.has(id)) this.#counts.delete(id);
  }
}
