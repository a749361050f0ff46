/**
 * A thread between Sluice and the processes of plugin files. Sluice calls a plugin's functions and waits, so it can watch
 * nothing at that time; this thread does, and kills a process that does not answer. It runs no code of plugins.
 * @module
 */
import { parentPort } from "node:worker_threads";
import { LIMITS } from "../base/limits.ts";
import { after } from "../base/timer.ts";
import { Channel } from "./channel.ts";
import { PluginProcess, type PluginProcessOptions } from "./plugin_process.ts";

const SECOND = 1000;

/** What Sluice tells the thread about one process, by a number that Sluice gives it. */
export type Order =
  & { readonly id: number }
  & (
    | { readonly start: PluginProcessOptions; readonly memory: SharedArrayBuffer }
    /** There is a call in the channel. */
    | { readonly call: true }
    | { readonly end: true }
  );

/** What the thread tells Sluice. A process is `ready` when its first line is in the channel. */
export type Report =
  & { readonly id: number }
  & ({ readonly ready: true } | { readonly fault: string });

/** Carries out orders until the thread is ended. */
export function relay(): void {
  const served = new Map<number, ServedFile>();
  const report = (report: Report) => parentPort!.postMessage(report);
  parentPort!.on("message", (order: Order) => {
    const { id } = order;
    if ("start" in order) {
      const file = new ServedFile(
        order.start,
        new Channel(order.memory),
        (fault) => report({ id, fault }),
      );
      served.set(id, file);
      file.load().then(() => report({ id, ready: true }));
    } else if ("call" in order) served.get(id)?.pass();
    else {
      served.get(id)?.end();
      served.delete(id);
    }
  });
}

/** One plugin file, with the process in which it runs now. */
class ServedFile {
  readonly #channel: Channel;
  readonly #start: () => PluginProcess;
  #running: PluginProcess;
  #last: Promise<void> = Promise.resolve();

  constructor(
    options: PluginProcessOptions,
    channel: Channel,
    onFault: (fault: string) => void,
  ) {
    this.#channel = channel;
    this.#start = () => new PluginProcess(options, onFault);
    this.#running = this.#start();
  }

  async load(): Promise<void> {
    this.#channel.toOwner(await loaded(this.#running));
  }

  /** Passes on what is in the channel, after everything before. */
  pass(): void {
    this.#last = this.#last.then(async () => {
      const text = this.#channel.fromOwner(0);
      if (text === undefined) return;
      const answer = await this.#call(text);
      try {
        this.#channel.toOwner(answer);
      } catch (error) { // It is too long
        this.#channel.toOwner(JSON.stringify({ error: (error as Error).message }));
      }
    });
  }

  end(): void {
    this.#running.kill("was ended");
  }

  async #call(text: string): Promise<string> {
    const answer = await this.#try(text);
    // A timer that an earlier call left behind may have stopped the process: this call is not to blame.
    const isToBlame = this.#running.hasBegun || !this.#running.hasEnded;
    return isToBlame ? answer : await this.#try(text);
  }

  async #try(text: string): Promise<string> {
    if (this.#running.hasEnded) {
      this.#running = this.#start();
      await loaded(this.#running);
    }
    await this.#running.send(text);
    return await answerOf(this.#running, FOR_A_CALL);
  }
}

/**
 * The first line of the process, or why there is none, as the text of a `Result`.
 *
 * @param timeout Milliseconds until it must have started. Exported for its test.
 */
export async function loaded(
  running: PluginProcess,
  timeout: number = LIMITS.pluginStart,
): Promise<string> {
  const starting = after(timeout, () => running.kill("does not start"));
  await running.started;
  starting.stop();
  return await answerOf(running, {
    timeout: LIMITS.pluginLoad,
    late: `hangs: not loaded and examined within ${LIMITS.pluginLoad / SECOND} s`,
  });
}

interface Patience {
  /** Milliseconds. */
  readonly timeout: number;
  /** Why the process is killed then, as the end of a sentence. */
  readonly late: string;
}
const FOR_A_CALL: Patience = {
  timeout: LIMITS.pluginCall,
  late: `does not return within ${LIMITS.pluginCall / SECOND} s`,
};

/** The next line of the process, or why it was ended, as the text of a `Result`. */
async function answerOf(running: PluginProcess, { timeout, late }: Patience): Promise<string> {
  using _limit = after(timeout, () => running.kill(late));
  return await running.next() ?? JSON.stringify({ fatal: await running.why() });
}
