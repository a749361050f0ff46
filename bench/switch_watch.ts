/** Hears of each change of a bridge's flows at the moment when the switch makes it. @module */
import { delay } from "../core/base/timer.ts";
import { type FlowChanged, OpenFlowClient } from "../core/openflow/mod.ts";

/** Milliseconds without a change after which one change is over. */
const QUIET = 60;
/** Milliseconds. */
const PATIENCE = 60_000;

/** A change: when its last flow was told, in milliseconds of `performance.now()`, and its flows. */
export interface Change {
  readonly at: number;
  readonly flows: readonly FlowChanged[];
}

export class SwitchWatch implements AsyncDisposable {
  #flows: FlowChanged[] = [];
  #at = 0;
  #told = Promise.withResolvers<void>();
  #client!: OpenFlowClient;

  private constructor() {}

  /** @param address At which the bridge speaks OpenFlow. */
  static async start(address: string): Promise<SwitchWatch> {
    const watch = new SwitchWatch();
    watch.#client = await OpenFlowClient.connect(address, {
      onMessage: (message) => {
        if (message.type !== "flow_update" || !("flow" in message)) return;
        watch.#flows.push(message);
        watch.#at = performance.now();
        watch.#told.resolve();
      },
    });
    await watch.#client.monitorFlows();
    return watch;
  }

  /** Does something that changes flows. @returns The change that follows. @throws {Error} If none comes. */
  async during(change: () => Promise<void> | void, isWhole = (_: Change) => true): Promise<Change> {
    [this.#flows, this.#told] = [[], Promise.withResolvers()];
    await change();
    const end = performance.now() + PATIENCE;
    for (;;) {
      await Promise.race([this.#told.promise, delay(PATIENCE)]);
      while (performance.now() - this.#at < QUIET) await delay(QUIET / 4);
      const seen: Change = { at: this.#at, flows: this.#flows };
      if (seen.flows.length > 0 && isWhole(seen)) return seen;
      if (performance.now() > end) throw new Error("Cannot see the change of flows: none comes");
      this.#told = Promise.withResolvers();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client[Symbol.asyncDispose]();
  }
}
