/** TrafficControls with changes that are on their way to the datapath. @module */

export class Pending {
  /** Not even computed yet. */
  #uncomputed = new Set<string>();
  /** Computed, and not known to be in the switch yet. */
  #computed = new Set<string>();

  add(control: string): void {
    this.#uncomputed.add(control);
  }

  has(control: string): boolean {
    return this.#uncomputed.has(control) || this.#computed.has(control);
  }

  /** From here on, what is computed holds all changes so far. */
  computed(): void {
    for (const control of this.#uncomputed) this.#computed.add(control);
    this.#uncomputed.clear();
  }

  /** The switch has what was computed. @returns The controls that it was about. */
  applied(): ReadonlySet<string> {
    const computed = this.#computed;
    this.#computed = new Set();
    return computed;
  }
}
