/** The sessions of `sluice capture`. Their module is loaded by the first request: hardly any agent gets one. @module */
import type { Captures, CapturesOptions } from "../capture/captures.ts";

export class LazyCaptures implements Disposable {
  readonly #options: () => CapturesOptions;
  #captures: Captures | undefined;

  constructor(options: () => CapturesOptions) {
    this.#options = options;
  }

  async answer(request: Request): Promise<Response> {
    const { Captures } = await import("../capture/captures.ts");
    this.#captures ??= new Captures(this.#options());
    return await this.#captures.answer(request);
  }

  /** Ends all sessions. */
  async end(): Promise<void> {
    await this.#captures?.end();
  }

  [Symbol.dispose](): void {
    this.#captures?.[Symbol.dispose]();
  }
}
