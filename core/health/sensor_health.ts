/**
 * The health of one sensor, as a state machine without a clock: each input says when it happened.
 *
 * A probe goes through four steps: `sent`; `guarded`, when the switch has carried it out; then `answered`, or late. A
 * late probe counts as missed only when the switch has told the counters of the sensor's ports after that: the switch
 * sends everything in order, so an answer that it had before would have come.
 * @module
 */
import type { ProbeSettings } from "../contracts/mod.ts";
import { Damping } from "./damping.ts";
import { Outstanding } from "./outstanding.ts";
import { CONFIRM, nextAtPhase } from "./schedule.ts";
import type { SensorState, Verdict } from "./verdict.ts";
import { type Look, type Returned, SlowWitness } from "./slow_witness.ts";
import { type Counters, testify } from "./witness.ts";

/** So many answers are enough for a sensor of which nothing is known. */
const FIRST_ANSWERS = 3;
/** With so many probes on their way, the next one waits. Only a timeout of many intervals leads to that. */
const MOST_OUT = 32;

export interface SensorOptions {
  readonly settings: ProbeSettings;
  /** When in an interval the sensor is probed: 0 to 1. */
  readonly phase: number;
  readonly now: number;
  /** What was known of it before, e.g. by an agent that has ended. @default {"unknown"} */
  readonly state?: SensorState;
}

/** What the switch has told of a sensor. */
export interface Reading {
  readonly askedAt: number;
  readonly now: number;
  /** Nothing if a port is not there. */
  readonly counters: Counters | undefined;
  /** For how many milliseconds the bridge has had the flows that take probes; read only if `mayBeJudged`. */
  readonly takenFor: number | undefined;
  /** What its return port's flows have counted; read only if `mayBeJudged`. */
  readonly returned: Returned | undefined;
}

export class SensorHealth {
  readonly #settings: ProbeSettings;
  readonly #phase: number;
  readonly #damping = new Damping();
  readonly #out: Outstanding;
  #verdict: Verdict;
  #misses = 0;
  /** When the first of the missed probes was sent. */
  #missedSince = Infinity;
  #answers = 0;
  #roundTrip: number | undefined;
  #lastSent: number;
  /** No probe is sent before this time. */
  #restsUntil = -Infinity;
  /** The first reading of counters since probes are unanswered. */
  #first: { readonly at: number; readonly counters: Counters | undefined } | undefined;
  #asksForCounters = false;
  readonly #slowWitness = new SlowWitness();

  constructor({ settings, phase, now, state = "unknown" }: SensorOptions) {
    this.#settings = settings;
    this.#phase = phase;
    this.#out = new Outstanding(settings.timeout);
    this.#lastSent = now - settings.interval / 2; // so that those that begin together are spread from the beginning
    if (state === "down") this.#damping.died(now);
    const evidence = state === "unknown"
      ? "it has not been probed yet"
      : "it was so when probing began";
    this.#verdict = { state, evidence, since: now };
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  /** Milliseconds that the last answer took; nothing before the first one. */
  get roundTrip(): number | undefined {
    return this.#roundTrip;
  }

  /** When the next probe is to be sent. While the switch has not carried out the last one, none is. */
  probeDueAt(): number {
    if (this.#out.isUnguarded) return Infinity;
    const { interval, failureThreshold } = this.#settings;
    const regular = nextAtPhase(this.#lastSent + interval / 2, { interval, phase: this.#phase });
    const suspectedAt = this.#suspectedAt();
    const confirms = this.#misses + this.#out.size < failureThreshold && suspectedAt < Infinity;
    if (confirms) {
      return Math.min(regular, Math.max(suspectedAt, this.#lastSent + Math.min(CONFIRM, interval)));
    }
    const isFull = this.#out.size >= MOST_OUT;
    return Math.max(regular, this.#restsUntil, isFull ? this.#out.firstDeadline : -Infinity);
  }

  /** When the counters of the sensor's ports are to be read. */
  countersDueAt(): number {
    if (this.#asksForCounters || !this.#isInQuestion) return Infinity;
    const deadline = this.#out.firstDeadline;
    if (!this.#first) return Math.min(deadline, this.#suspectedAt());
    const { failureThreshold, timeout } = this.#settings;
    const isEnough = this.#misses >= failureThreshold;
    return Math.min(deadline, isEnough ? this.#first.at + timeout : Infinity);
  }

  /** Nothing depends on the probes of a dead sensor until one is answered. */
  get #isInQuestion(): boolean {
    return this.#verdict.state !== "down" || this.#answers > 0;
  }

  /**
   * From when on it is in question whether the sensor is dead: since half of the timeout has passed without an answer.
   * Most answers take a small part of it, and so a death is noticed earlier, by as many probes.
   */
  #suspectedAt(): number {
    if (this.#verdict.state === "down") return Infinity;
    if (this.#misses > 0) return -Infinity;
    return this.#out.firstDeadline - this.#settings.timeout / 2;
  }

  /** A probe was given to the switch. */
  sent(key: string, now: number): void {
    if (!this.#isInQuestion) this.#out.takeLate(now);
    this.#out.sent(key, now);
    this.#lastSent = now;
  }

  /** The switch has carried out everything up to that probe. */
  guarded(key: string, now: number): void {
    this.#out.guarded(key, now);
  }

  /** A probe has come back. @returns Whether it was out: each is accepted once. */
  answered(key: string, now: number): boolean {
    const probe = this.#out.take(key);
    if (!probe || (probe.deadline < now && !this.#isInQuestion)) return false;
    this.#roundTrip = now - probe.sentAt;
    this.#misses = 0;
    this.#missedSince = Infinity;
    this.#first = undefined;
    this.#slowWitness.forget();
    this.#answers++;
    const { state } = this.#verdict;
    if (state !== "up" && this.#answers >= this.#answersNeeded()) {
      if (state === "down") this.#damping.cameBack(now);
      this.#become("up", `${this.#answers} probes in a row came back`, now);
    }
    return true;
  }

  #answersNeeded(): number {
    const { successThreshold } = this.#settings;
    const { state } = this.#verdict;
    if (state === "unknown") return Math.min(FIRST_ANSWERS, successThreshold);
    return state === "down" ? this.#damping.answersNeeded(this.#settings) : successThreshold;
  }

  /** The switch has been asked for the counters. */
  asked(): void {
    this.#asksForCounters = true;
  }

  /** Whether a reading that begins now may decide that the sensor is dead. */
  mayBeJudged(now: number): boolean {
    const misses = this.#misses + this.#out.lateAt(now);
    return this.#first !== undefined && misses >= this.#settings.failureThreshold;
  }

  /** The switch has told the counters. */
  counted({ counters, askedAt, now, takenFor = Infinity, returned }: Reading): void {
    const { timeout, failureThreshold } = this.#settings;
    this.#asksForCounters = false;
    if (now - askedAt > timeout) return this.voided(); // it was the switch that was late
    const late = this.#out.takeLate(askedAt);
    if (late.length > 0) {
      this.#misses += late.length;
      this.#missedSince = Math.min(this.#missedSince, late[0]!.sentAt);
      this.#answers = 0;
    }
    // Probes were sent before the flows that take them were there: another controller had deleted them, or the switch is new.
    if (now - takenFor > this.#missedSince) return this.#rest(now);
    if (!this.#isInQuestion || this.#suspectedAt() > now) return;
    this.#first ??= { at: now, counters };
    // A shorter time tells too little: a few packets of a flood are no sign of anything.
    const isLong = askedAt - this.#first.at >= timeout;
    if (this.#misses >= failureThreshold && isLong) this.#judge({ counters, returned, at: now });
  }

  #judge(look: Look): void {
    const { counters, at: now } = look;
    const { isAlive, into, back } = testify(this.#first?.counters, counters);
    const evidence = `${this.#misses} probes in a row did not come back; packets that went into ` +
      `it meanwhile: ${into}, that came back: ${back}`;
    if (!isAlive) return this.#die(evidence, now);
    if (this.#slowWitness.saysDead(look)) {
      return this.#die(`${evidence}, hardly any of them IP`, now);
    }
    this.#rest(now);
    // A stray packet or two must not close a redirect onto a sensor that has never answered.
    if (this.#verdict.state === "up") this.#become("overloaded", evidence, now);
    else this.#verdict = { ...this.#verdict, evidence };
  }

  /** Begins anew. Probes that are out would be missed at once, and the next reading would follow too soon. */
  #rest(now: number): void {
    this.#forget();
    this.#restsUntil = now + this.#settings.interval;
  }

  /** A port of the sensor had a link, and has none now. */
  linkLost(port: string, now: number): void {
    this.#die(`${port} has lost its link`, now);
  }

  #die(evidence: string, now: number): void {
    const { state } = this.#verdict;
    this.#forget();
    if (state === "down") return;
    if (state !== "unknown") this.#damping.died(now);
    this.#become("down", evidence, now);
  }

  /** What is out says nothing about the sensor: something else was late. */
  voided(): void {
    this.#out.clear();
  }

  /** The connection to the switch is lost. The verdict stays. */
  disconnected(): void {
    this.#forget();
    this.#slowWitness.forget();
    this.#asksForCounters = false;
  }

  #forget(): void {
    this.#out.clear();
    this.#misses = this.#answers = 0;
    this.#missedSince = Infinity;
    this.#first = undefined;
  }

  #become(state: SensorState, evidence: string, now: number): void {
    this.#verdict = { state, evidence, since: now };
    if (state === "up") this.#answers = 0;
  }
}
