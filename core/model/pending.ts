/** TrafficControls with changes that are on their way to the datapath. @module */

export class Pending {
  /** Not even computed yet. */
  #later = new Set<string>();
  /** Computed, and not known to be in the switch yet. */
  #placed = new Set<string>();

  add(control: string): void {
    this.#later.add(control);
  }

  has(control: string): boolean {
    return this.#later.has(control) || this.#placed.has(control);
  }

  /** From here on, what is computed holds all changes so far. */
  place(): void {
    for (const control of this.#later) this.#placed.add(control);
    this.#later.clear();
  }

  /** The switch has what was computed. @returns The controls that it was about. */
  applied(): ReadonlySet<string> {
    const placed = this.#placed;
    this.#placed = new Set();
    return placed;
  }
}
