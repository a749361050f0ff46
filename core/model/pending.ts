/** TrafficControls whose changes are not known to be in the switch yet. @module */

export class Pending {
  /** Names of those whose flows are not computed yet. */
  #uncomputed = new Set<string>();
  /** Names of those whose flows are computed, but not known to be in the switch yet. */
  #computed = new Set<string>();

  add(control: string): void {
    this.#uncomputed.add(control);
  }

  has(control: string): boolean {
    return this.#uncomputed.has(control) || this.#computed.has(control);
  }

  /** The flows are computed now from all changes so far. */
  computed(): void {
    for (const control of this.#uncomputed) this.#computed.add(control);
    this.#uncomputed.clear();
  }

  /** The switch has all computed flows. @returns Names of the TrafficControls that were waiting for that. */
  applied(): ReadonlySet<string> {
    const computed = this.#computed;
    this.#computed = new Set();
    return computed;
  }
}
