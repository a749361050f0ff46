/** Sluice's side of the thread that `relay.ts` runs in. @module */
import { Worker } from "node:worker_threads";
import { Channel } from "./channel.ts";
import type { PluginProcessOptions } from "./plugin_process.ts";
import type { Order, Report } from "./relay.ts";

/**
 * The program of the thread. From source it is a file that loads less than `main.ts`. In a bundle there is one
 * program alone, which knows by itself that it runs in a thread. As a script it has no `import.meta`.
 */
const program = () =>
  import.meta.url?.endsWith("/core/plugin_files/relay_thread.ts")
    ? new URL("./thread.ts", import.meta.url)
    : new URL(Deno.mainModule);

/** A process that the thread serves. */
export interface Served {
  readonly channel: Channel;
  /** Resolves when the first line of the process, or why there is none, is in the channel. */
  readonly ready: Promise<void>;
  /** Says that there is a call in the channel. */
  call(): void;
  end(): void;
}

export class RelayThread implements Disposable {
  #worker: Worker | undefined;
  #count = 0;
  readonly #listeners = new Map<number, (report: Report) => void>();

  /** Starts a process. @param onFault Gets what fails while nobody waits for an answer. */
  serve(start: PluginProcessOptions, onFault: (fault: string) => void): Served {
    const worker = this.#worker ??= this.#start();
    const channel = new Channel();
    const id = this.#count++;
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    this.#listeners.set(id, (report) => "ready" in report ? resolve() : onFault(report.fault));
    const order = (order: Order) => worker.postMessage(order);
    order({ id, start, memory: channel.memory });
    return {
      channel,
      ready,
      call: () => order({ id, call: true }),
      end: () => {
        this.#listeners.delete(id);
        order({ id, end: true });
      },
    };
  }

  #start(): Worker {
    const worker = new Worker(program());
    worker.unref();
    worker.on("message", (report: Report) => this.#listeners.get(report.id)?.(report));
    return worker;
  }

  [Symbol.dispose](): void {
    this.#worker?.terminate();
  }
}
