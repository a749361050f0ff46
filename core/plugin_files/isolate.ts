/**
 * Runs a plugin file in a process of its own, so that no code in it can stop Sluice: a call that does not return, or uses
 * up memory, ends that process. The next call begins a new one. Decision 028 says what was measured.
 * @module
 */
import { PluginError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { TooLongError } from "./channel.ts";
import type { Call, Described, Loaded, Question, Refused, Result } from "./isolate_messages.ts";
import { fromText, toText } from "./plain_text.ts";
import type { PluginProcessOptions } from "./plugin_process.ts";
import type { RelayThread, Served } from "./relay_thread.ts";

/** Milliseconds that the relay may take beside the plugin: it kills a process that takes too long. */
const RELAY_TIME = 60_000;

/** Answers the questions of a call, by their names. */
export type Answers = Readonly<Record<string, (...args: never[]) => unknown>>;

export interface IsolateOptions extends PluginProcessOptions {
  /** Gets what fails while nobody waits for it, and why a process was ended. */
  readonly onFault: (file: string, message: string) => void;
}

/** Ends the process of an isolate that nothing refers to any more, e.g. as SIGHUP has loaded a newer version. */
const FORGOTTEN = new FinalizationRegistry<Served>((served) => served.end());

export class Isolate {
  readonly #file: string;
  readonly #onFault: IsolateOptions["onFault"];
  readonly #served: Served;
  /** Of the file, when it was loaded. */
  readonly #stamp: string;
  /** Calls that have ended a process, as text: they are not made again. */
  readonly #fatal = new Map<string, string>();

  private constructor({ onFault, ...start }: IsolateOptions, relay: RelayThread) {
    const { file } = start;
    this.#file = file;
    this.#onFault = onFault;
    this.#stamp = stampOf(file);
    this.#served = relay.serve(start, (fault) => onFault(file, fault));
    FORGOTTEN.register(this, this.#served);
  }

  /** Starts a process that loads and examines the file. @returns What is wrong with the file, if it is refused. */
  static async load(
    options: IsolateOptions,
    relay: RelayThread,
  ): Promise<Refused | { readonly isolate: Isolate; readonly plugin: Described }> {
    const isolate = new Isolate(options, relay);
    const { ready, channel } = isolate.#served;
    await ready;
    const plugin = fromText(channel.fromGuest(0)!) as Loaded | { readonly fatal: string };
    if ("methods" in plugin) return { isolate, plugin };
    isolate.end();
    return "fatal" in plugin ? { problems: [plugin.fatal] } : plugin;
  }

  /** Ends the process. */
  end(): void {
    this.#served.end();
  }

  /**
   * Calls a function of the plugin, and waits for its result. No other code of Sluice runs in the meantime.
   *
   * @throws {PluginError} If it throws, returns something wrong, does not return, or uses too much memory.
   */
  call(call: Call, answers: Answers = {}): unknown {
    const text = toText(call);
    this.#refuse(text);
    try {
      this.#send(text);
      const result = this.#result(answers);
      if ("result" in result) return result.result;
      if ("error" in result) throw this.#error(stateIn(result.error, call, this.#file));
      const message = `${call.method} ${result.fatal}`;
      this.#fatal.set(text, message);
      this.#onFault(this.#file, message);
      throw this.#error(message);
    } catch (error) {
      if (error instanceof TooLongError) throw this.#error(`${call.method}: ${error.message}`);
      throw error;
    }
  }

  /** @throws {PluginError} If the call has ended a process before, or too many have, or the file is another one. */
  #refuse(text: string): void {
    if (this.#fatal.size === 0) return;
    const before = this.#fatal.get(text);
    if (before !== undefined) throw this.#error(before);
    const [first] = this.#fatal.values();
    if (this.#fatal.size >= LIMITS.pluginFailures) {
      const count = `${this.#fatal.size} calls`;
      throw this.#error(`is stopped until SIGHUP loads it again, as ${count} failed: ${first}`);
    }
    if (stampOf(this.#file) === this.#stamp) return;
    throw this.#error(
      `is stopped, as its file has changed since it failed, until SIGHUP: ${first}`,
    );
  }

  #send(text: string): void {
    this.#served.channel.toGuest(text);
    this.#served.call();
  }

  /** Waits for the result of a call, and answers its questions. */
  #result(answers: Answers): Result {
    const end = performance.now() + RELAY_TIME;
    for (;;) {
      const text = this.#served.channel.fromGuest(Math.max(0, end - performance.now()));
      const said = fromText(text ?? '{"fatal":"is not answered"}') as Question | Result;
      if (!("ask" in said)) return said;
      this.#send(toText(answers[said.ask]!(...said.args as never[]) ?? null));
    }
  }

  #error(state: string): PluginError {
    return new PluginError(this.#file, state);
  }
}

/** Changes with the file; empty if the file is gone. */
function stampOf(file: string): string {
  try {
    const { mtime, size, ino } = Deno.statSync(file);
    return [mtime?.getTime(), size, ino].join(" ");
  } catch {
    return "";
  }
}

/** The state that the message of a `PluginError` ends with. Other errors are of the call itself. */
function stateIn(message: string, { method }: Call, file: string): string {
  const { message: head } = new PluginError(file, "");
  return message.startsWith(head) ? message.slice(head.length) : `${method}: ${message}`;
}
