/** What the agent tells others of its node: the newest report, as often as somebody asks for it. @module */
import type { NodeReport } from "./contracts/mod.ts";

export class ReportStream {
  readonly #read: () => NodeReport;
  #wake = Promise.withResolvers<void>();

  /** @param read What is the case now. */
  constructor(read: () => NodeReport) {
    this.#read = read;
  }

  /** Something may be new. */
  touch(): void {
    this.#wake.resolve();
  }

  /** Reads only when asked for the next: what nobody waits for costs nothing. */
  async *until(signal: AbortSignal): AsyncGenerator<NodeReport> {
    const onAbort = () => this.touch();
    signal.addEventListener("abort", onAbort);
    try {
      while (!signal.aborted) { // perhaps since before we listened
        await this.#wake.promise;
        if (signal.aborted) return;
        this.#wake = Promise.withResolvers();
        yield this.#read();
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}
