/** Wakes one part that waits for news. @module */

/** Any number of rings before the part listens wake it once. */
export class Bell {
  #rung = Promise.withResolvers<void>();

  ring(): void {
    this.#rung.resolve();
  }

  /** Waits until the bell has been rung since the last wait, or the signal aborts. Only one part may wait. */
  async heard(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const ring = () => this.ring();
    signal.addEventListener("abort", ring);
    await this.#rung.promise;
    signal.removeEventListener("abort", ring);
    this.#rung = Promise.withResolvers();
  }
}
