/** Hears of each change of a bridge's flows at the moment when the switch makes it. @module */
import { delay } from "../core/base/timer.ts";
import { type FlowChanged, OpenFlowClient } from "../core/openflow/mod.ts";

/** Milliseconds without a change after which one change is over, if it is a small one. */
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

  /**
   * Does something that changes flows.
   *
   * @param quiet Milliseconds without a change after which it is over.
   * @returns The change that follows.
   * @throws {Error} If none comes.
   */
  async during(change: () => Promise<unknown> | void, quiet = QUIET): Promise<Change> {
    [this.#flows, this.#told] = [[], Promise.withResolvers()];
    await change();
    const alarm = new AbortController(); // a timer that goes on would keep the process from ending
    await Promise.race([this.#told.promise, delay(PATIENCE, alarm.signal)]);
    alarm.abort();
    if (this.#flows.length === 0) {
      throw new Error(`Cannot see a change of flows: none within ${PATIENCE} ms`);
    }
    while (performance.now() - this.#at < quiet) await delay(QUIET / 4);
    return { at: this.#at, flows: this.#flows };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client[Symbol.asyncDispose]();
  }
}
