/** A source of a test: it gives what the test tells it to give. @module */
import type { Kind, ObjectEvent, Source } from "../../core/api.ts";

export class PlayedSource implements Source {
  readonly name = "played";
  readonly #events = new Map<Kind, ObjectEvent[]>();
  readonly #wakes = new Map<Kind, PromiseWithResolvers<void>>();

  give(kind: Kind, event: ObjectEvent): void {
    this.#events.getOrInsertComputed(kind, () => []).push(event);
    this.#wakes.get(kind)?.resolve();
  }

  async *watch(kind: Kind, signal: AbortSignal): AsyncGenerator<ObjectEvent> {
    signal.addEventListener("abort", () => this.#wakes.get(kind)?.resolve());
    while (!signal.aborted) {
      const wake = Promise.withResolvers<void>();
      this.#wakes.set(kind, wake);
      yield* this.#events.getOrInsertComputed(kind, () => []).splice(0);
      if (this.#events.get(kind)!.length === 0 && !signal.aborted) await wake.promise;
    }
  }
}
