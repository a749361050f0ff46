/**
 * What is known of the sensors of redirects, and what follows from that for the choices that have them. Pure: the prober
 * says what a sensor's state is.
 * @module
 */
import {
  type Hop,
  type ProbedSensor,
  type ProbeSettings,
  type SensorPair,
  type SensorState,
} from "../../contracts/mod.ts";
import type { EarlierState } from "./earlier_state.ts";
import {
  choiceKey,
  type ChoiceState,
  type Chosen,
  type FindPort,
  isHop,
  type NamedPair,
  NOTHING_KNOWN,
} from "./choices.ts";

/** The state of a sensor, and how it is known. */
export interface SensorVerdict {
  readonly state: SensorState;
  /** In words, without a full stop. */
  readonly evidence: string;
}

/** A probed sensor, as users are told of it. */
export interface SensorReport extends SensorVerdict {
  /** Names of the ports of its pair. */
  readonly target: string;
  readonly return: string;
  /** Whether packets pass without it and the others of its redirect. */
  readonly isOpen: boolean;
}

/** What names the sensor between the two ports of a pair. */
export const sensorId = ({ target, return: back }: NamedPair) => `${target} ${back}`;

/** How the sensors of a hop are probed; nothing if they are not: only users who ask for it get probes. */
export function probeOf(chosen: Chosen): ProbeSettings | undefined {
  if (!isHop(chosen)) return undefined;
  return chosen.scope?.healthProbe as ProbeSettings | undefined;
}

/** The sensor between the two ports of a pair; nothing if the bridge does not have both. */
export function pairOf(pair: NamedPair, find: FindPort): SensorPair | undefined {
  const [target, back] = [find(pair.target), find(pair.return)];
  return target && back && { id: sensorId(pair), target: target.ofport, return: back.ofport };
}

/** Above this number, what is known of sensors that are not probed is forgotten. */
const MOST_REMEMBERED = 1000;
const UNKNOWN: SensorVerdict = { state: "unknown", evidence: "it has not been probed yet" };
const getsThrough = ({ state }: SensorVerdict) => state === "up" || state === "overloaded";

export class Sensors {
  readonly #verdicts = new Map<string, SensorVerdict>();
  /** By the key of a choice: what it came to last. */
  readonly #states = new Map<string, ChoiceState>();
  /** By the ID of a sensor that is not probed and returns nothing: how that is known. */
  readonly #silent = new Map<string, string>();

  verdictOf(pair: NamedPair): SensorVerdict {
    return this.#verdicts.get(sensorId(pair)) ?? UNKNOWN;
  }

  /** Takes the verdict on a sensor. @returns The names of its ports, which have no spaces. */
  judge(id: string, verdict: SensorVerdict): readonly string[] {
    this.#verdicts.set(id, verdict);
    return id.split(" ");
  }

  /** How it is known that a sensor without probes returns nothing; nothing if that is not known. */
  silenceOf(pair: NamedPair): string | undefined {
    return this.#silent.get(sensorId(pair));
  }

  /** How many sensors without probes return nothing. */
  get silent(): number {
    return this.#silent.size;
  }

  /** Takes the evidence that a sensor without probes returns nothing. @param evidence Absent if packets come back again. */
  setSilence(id: string, evidence: string | undefined): void {
    if (evidence === undefined) this.#silent.delete(id);
    else this.#silent.set(id, evidence);
  }

  /** Whether the choice has had a state already. If not, the flows of the switch may tell one. */
  knows(chosen: Chosen): boolean {
    return this.#states.has(choiceKey(chosen)) || probeOf(chosen) === undefined;
  }

  /**
   * Takes the state that the flows of the switch tell: an agent that starts again must not close what was open. If it knows
   * one of the sensors already, the flows are those of an earlier form of the redirect, and tell it nothing.
   */
  adopt(chosen: Chosen, { up, ...state }: EarlierState): void {
    if (!isHop(chosen) || chosen.pairs.some((pair) => this.#verdicts.has(sensorId(pair)))) return;
    this.#states.set(choiceKey(chosen), state);
    if (state.isOpen) return;
    for (const pair of chosen.pairs) {
      const was = state.down.has(pair.target) ? "down" : up.has(pair.target) ? "up" : undefined;
      if (!was) continue;
      const evidence = `it was ${was} when this agent began to probe it`;
      this.#verdicts.set(sensorId(pair), { state: was, evidence });
    }
  }

  /** Whether a Pod uses the choice: only then is anything known of it now. */
  isUsed(chosen: Chosen): boolean {
    return this.#states.has(choiceKey(chosen));
  }

  /** What the choice came to last. */
  lastStateOf(chosen: Chosen): ChoiceState {
    return this.#states.get(choiceKey(chosen)) ?? NOTHING_KNOWN;
  }

  /** What the verdicts on its sensors come to. */
  stateOf(chosen: Chosen): ChoiceState {
    if (!isHop(chosen) || probeOf(chosen) === undefined) return NOTHING_KNOWN;
    const before = this.lastStateOf(chosen);
    const bad = chosen.pairs.filter((pair) => !getsThrough(this.verdictOf(pair)));
    const state = bad.length < chosen.pairs.length
      ? { isOpen: false, down: new Set(bad.map(({ target }) => target)) }
      : chosen.scope?.failureMode === "Open"
      ? { isOpen: true, down: before.down } // the places stay as they are: only one row changes
      : NOTHING_KNOWN; // nothing passes, or the little that a slow sensor lets pass
    this.#states.set(choiceKey(chosen), state);
    return state;
  }

  /** What is known of the probed sensors of these choices, each once. */
  reports(all: Iterable<Chosen>): SensorReport[] {
    const hops = [...all].filter((chosen) => isHop(chosen) && probeOf(chosen) !== undefined);
    const found = (hops as Hop<string>[]).flatMap((hop) => {
      const { isOpen } = this.lastStateOf(hop);
      return hop.pairs.map((pair) => ({
        target: pair.target,
        return: pair.return,
        ...this.verdictOf(pair),
        isOpen,
      }));
    });
    return [...new Map(found.map((report) => [sensorId(report), report])).values()]
      .sort((a, b) => sensorId(a) < sensorId(b) ? -1 : 1);
  }

  /**
   * The sensors of these choices that are to be probed. What is known of others is remembered: if the last Pod of a redirect
   * goes and comes back, its packets must not pass without the sensor until that has answered.
   */
  probed(all: Iterable<Chosen>, find: FindPort): ProbedSensor[] {
    const choices = [...all];
    const probed = choices.flatMap((chosen) => {
      const settings = probeOf(chosen);
      return settings && isHop(chosen) ? chosen.pairs.map((pair) => ({ pair, settings })) : [];
    });
    keepOnly(this.#states, new Set(choices.map(choiceKey)));
    if (this.#verdicts.size > MOST_REMEMBERED) {
      keepOnly(this.#verdicts, new Set(probed.map(({ pair }) => sensorId(pair))));
    }
    const sensors = probed.flatMap(({ pair, settings }) => {
      const sensor = pairOf(pair, find);
      return sensor ? [{ ...sensor, settings, state: this.verdictOf(pair).state }] : [];
    });
    return [...new Map(sensors.map((sensor) => [sensor.id, sensor])).values()]; // a weight names a pair several times
  }
}

function keepOnly(map: Map<string, unknown>, keys: ReadonlySet<string>): void {
  for (const key of map.keys()) if (!keys.has(key)) map.delete(key);
}
