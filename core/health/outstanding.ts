/** The probes of one sensor that are out. @module */

export interface Probe {
  readonly sentAt: number;
  /** When it will be late; `Infinity` until the switch has carried it out. */
  deadline: number;
}

/** Each is accepted once, and only while it is out. */
export class Outstanding {
  readonly #probes = new Map<string, Probe>();

  constructor(readonly timeout: number) {}

  get size(): number {
    return this.#probes.size;
  }

  sent(key: string, now: number): void {
    this.#probes.set(key, { sentAt: now, deadline: Infinity });
  }

  /** The switch has carried out everything up to this probe: its time runs from now on. */
  guarded(key: string, now: number): void {
    const probe = this.#probes.get(key);
    if (probe) probe.deadline = now + this.timeout;
  }

  /** Whether the switch may not have carried out one of them yet. */
  get isUnguarded(): boolean {
    for (const { deadline } of this.#probes.values()) if (deadline === Infinity) return true;
    return false;
  }

  /** When the first of them will be late. */
  get firstDeadline(): number {
    let first = Infinity;
    for (const { deadline } of this.#probes.values()) first = Math.min(first, deadline);
    return first;
  }

  /** Takes the probe with that key. @returns Nothing if it is not out. */
  take(key: string): Readonly<Probe> | undefined {
    const probe = this.#probes.get(key);
    this.#probes.delete(key);
    return probe;
  }

  /** How many of them are late at that time. */
  lateAt(time: number): number {
    return this.#probes.values().filter(({ deadline }) => deadline <= time).toArray().length;
  }

  /** Takes those that were late at that time, in the order in which they were sent. */
  takeLate(time: number): Readonly<Probe>[] {
    const late = [...this.#probes].filter(([, { deadline }]) => deadline <= time);
    for (const [key] of late) this.#probes.delete(key);
    return late.map(([, probe]) => probe);
  }

  clear(): void {
    this.#probes.clear();
  }
}
