/** A sensor, its switch and time, without any of them: drives the health of one sensor. @module */
import { DEFAULT_PROBE, type ProbeSettings } from "../../contracts/mod.ts";
import { SensorHealth, type SensorOptions } from "../sensor_health.ts";
import type { SensorState } from "../verdict.ts";

/** What the world is like at a time. All times are milliseconds. */
export interface World {
  /** How long a probe that is sent now takes; nothing if it is lost. @default {1} */
  readonly latency?: (now: number) => number | undefined;
  /** How long the switch takes for an answer to a request that comes now. @default {0.5} */
  readonly switchTakes?: (now: number) => number;
  /** For how long the flows that take probes have been there. @default {for ever} */
  readonly takenFor?: (now: number) => number;
  /** Packets other than probes that have gone into the sensor and have come back until now. */
  readonly traffic?: (now: number) => readonly [into: number, back: number];
  /** What the flows of the return port have counted. @default {nothing, as if they were never up to date} */
  readonly returned?: (now: number) => readonly [ip: number, other: number];
}

interface Due {
  readonly at: number;
  readonly act: (now: number) => void;
}

/** So many things done at one time are a loop that never ends. */
const TOO_MANY = 100;

export class Simulation {
  now = 0;
  world: World;
  readonly health: SensorHealth;
  readonly settings: ProbeSettings;
  /** When which state began. */
  readonly states: [at: number, state: SensorState][] = [];
  readonly sentAt: number[] = [];
  #queue: Due[] = [];
  #probesInto = 0;
  #probesBack = 0;
  #epoch = 0;

  constructor(world: World = {}, options: Partial<SensorOptions> = {}) {
    this.world = world;
    this.settings = options.settings ?? DEFAULT_PROBE;
    this.health = new SensorHealth({ phase: 0.4, now: 0, ...options, settings: this.settings });
    this.#note();
  }

  get state(): SensorState {
    return this.health.verdict.state;
  }

  /** Lets time pass. @returns Itself. */
  pass(milliseconds: number): this {
    const end = this.now + milliseconds;
    let [since, steps] = [this.now, 0];
    for (;;) {
      const queued = Math.min(Infinity, ...this.#queue.map(({ at }) => at));
      const at = Math.max(
        this.now,
        Math.min(queued, this.health.probeDueAt(), this.health.countersDueAt()),
      );
      if (Number.isNaN(at)) throw new Error("Cannot go on: the next time is not a number");
      if (at > end) break;
      [since, steps] = at === since ? [since, steps + 1] : [at, 0];
      if (steps > TOO_MANY) throw new Error(`Cannot go on: it is busy for ever at ${at} ms`);
      this.now = at;
      this.#step();
    }
    this.now = end;
    return this;
  }

  /** Passes time until it has that state. @returns How long that took; `Infinity` if it takes longer than `most`. */
  until(state: SensorState, most = 120_000): number {
    const begin = this.now;
    while (this.state !== state && this.now - begin < most) this.pass(1);
    return this.state === state ? this.now - begin : Infinity;
  }

  /** Gives an input that is not an answer. */
  input(act: (health: SensorHealth, now: number) => void): void {
    act(this.health, this.now);
    this.#note();
  }

  /** The connection to the switch is lost, with everything that is on its way. */
  disconnect(): void {
    this.#epoch++;
    this.input((health) => health.disconnected());
  }

  #note(): void {
    if (this.states.at(-1)?.[1] !== this.state) this.states.push([this.now, this.state]);
  }

  #later(delay: number, act: (now: number) => void): void {
    const epoch = this.#epoch;
    this.#queue.push({ at: this.now + delay, act: (now) => epoch === this.#epoch && act(now) });
  }

  #step(): void {
    const due = this.#queue.filter(({ at }) => at <= this.now);
    this.#queue = this.#queue.filter(({ at }) => at > this.now);
    for (const { act } of due.sort((a, b) => a.at - b.at)) act(this.now);
    if (this.health.countersDueAt() <= this.now) this.#readCounters();
    if (this.health.probeDueAt() <= this.now) this.#send();
    this.#note();
  }

  #send(): void {
    const key = `${this.sentAt.push(this.now)}`;
    this.health.sent(key, this.now);
    this.#probesInto++;
    const takes = this.world.switchTakes?.(this.now) ?? 0.5;
    this.#later(takes, (now) => this.health.guarded(key, now));
    const latency = this.world.latency ? this.world.latency(this.now) : 1;
    if (latency === undefined) return;
    this.#later(takes + latency, (now) => {
      this.#probesBack++;
      this.#later(this.world.switchTakes?.(now) ?? 0, (now) => this.health.answered(key, now));
    });
  }

  #readCounters(): void {
    const askedAt = this.now;
    this.health.asked();
    this.#later(this.world.switchTakes?.(this.now) ?? 0.5, (now) => {
      const [into, back] = this.world.traffic?.(now) ?? [0, 0];
      const counters = {
        into: BigInt(Math.floor(into) + this.#probesInto),
        back: BigInt(Math.floor(back) + this.#probesBack),
      };
      const takenFor = this.world.takenFor?.(askedAt);
      const [ip, other] = this.world.returned?.(now) ?? [0, 0];
      const returned = { ip: BigInt(Math.floor(ip)), other: BigInt(Math.floor(other)) };
      this.health.counted({ counters, askedAt, now, takenFor, returned });
    });
  }
}
