/**
 * Runs a plugin file in a process of its own, so that no code in it can stop Sluice: a call that does not return, or uses
 * up memory, ends that process. The next call begins a new one. Decision 028 says what was measured.
 * @module
 */
import { createHash } from "node:crypto";
import { PluginError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { after, type Timer } from "../base/timer.ts";
import { TooLongError } from "./channel.ts";
import type { Call, Described, Loaded, Question, Refused, Result } from "./isolate_messages.ts";
import { fromText, toText } from "./plain_text.ts";
import type { PluginProcessOptions } from "./plugin_process.ts";
import type { RelayThread, Served } from "./relay_thread.ts";
import { Rests } from "./rests.ts";

/** Milliseconds: the default of `relayTime`. */
const RELAY_TIME = 60_000;

/** Answers the questions of a call, by their names. */
export type Answers = Readonly<Record<string, (...args: never[]) => unknown>>;

export interface IsolateOptions extends PluginProcessOptions {
  /** Gets what fails while nobody waits for it, and why a process was ended. */
  readonly onFault: (file: string, message: string) => void;
  /** Milliseconds that the relay may take beside the plugin. @default {60000} It kills a process that takes too long. */
  readonly relayTime?: number;
  /** Is called when calls are made again that were refused for a while. */
  readonly onRested?: () => void;
}

export class Isolate {
  readonly #file: string;
  readonly #onFault: IsolateOptions["onFault"];
  readonly #onRested: IsolateOptions["onRested"];
  readonly #served: Served;
  /** Of the file, when it was loaded. */
  readonly #stamp: string;
  /** What the calls did that have ended a process, by `digest`: they are not made again. */
  readonly #fatal = new Map<string, string>();
  readonly #rests = new Rests();
  /** Each fires when a rest is over. */
  readonly #alarms = new Set<Timer>();
  #hasEnded = false;
  readonly #relayTime: number;
  /** A call was not answered. Its answer may still come, and would be taken for that of another call. */
  #isLost = false;

  private constructor(
    { onFault, onRested, relayTime = RELAY_TIME, ...start }: IsolateOptions,
    relay: Pick<RelayThread, "serve">,
  ) {
    this.#relayTime = relayTime;
    const { file } = start;
    this.#file = file;
    this.#onFault = onFault;
    this.#onRested = onRested;
    this.#stamp = stampOf(file);
    this.#served = relay.serve(start, (fault) => onFault(file, fault));
  }

  /** Starts a process that loads and examines the file. @returns What is wrong with the file, if it is refused. */
  static async load(
    options: IsolateOptions,
    relay: Pick<RelayThread, "serve">,
  ): Promise<Refused | { readonly isolate: Isolate; readonly plugin: Described }> {
    const isolate = new Isolate(options, relay);
    const { ready, channel } = isolate.#served;
    await ready;
    const plugin = fromText(channel.fromGuest(0)!) as Loaded | { readonly fatal: string };
    if ("methods" in plugin) return { isolate, plugin };
    isolate.end();
    return "fatal" in plugin ? { problems: [plugin.fatal] } : plugin;
  }

  /** Ends the process. There must be no call any more: it would fail. */
  end(): void {
    this.#hasEnded = true;
    for (const alarm of this.#alarms) alarm.stop();
    this.#served.end();
  }

  /**
   * Calls a function of the plugin, and waits for its result. No other code of Sluice runs in the meantime.
   *
   * @throws {PluginError} If it throws, returns something wrong, does not return, or uses too much memory.
   */
  call(call: Call, answers: Answers = {}): unknown {
    const text = toText(call);
    this.#refuse(call, text);
    try {
      this.#send(text);
      const result = this.#result(answers);
      if ("error" in result) throw this.#error(stateIn(result.error, call, this.#file));
      if (!("fatal" in result)) return result.result;
      const message = `${call.method} ${result.fatal}`;
      this.#failed(call, text, message);
      throw this.#error(message);
    } catch (error) {
      if (error instanceof TooLongError) throw this.#error(`${call.method}: ${error.message}`);
      throw error;
    }
  }

  /** @throws {PluginError} If the call, or others for the same Pod, have ended a process, or the file is another one. */
  #refuse(call: Call, text: string): void {
    if (this.#hasEnded) throw this.#error("has been replaced by a newer version");
    if (this.#isLost) throw this.#error("is stopped, as it did not answer a call, until SIGHUP");
    if (this.#fatal.size === 0) return;
    const before = this.#fatal.get(digest(text)) ?? this.#rests.refusal(call);
    if (before !== undefined) throw this.#error(before);
    const [first] = this.#fatal.values();
    if (stampOf(this.#file) === this.#stamp) return;
    throw this.#error(
      `is stopped, as its file has changed since it failed, until SIGHUP: ${first}`,
    );
  }

  #failed(call: Call, text: string, message: string): void {
    this.#fatal.set(digest(text), message);
    for (const oldest of [...this.#fatal.keys()].slice(0, -LIMITS.pluginFailedCalls)) {
      this.#fatal.delete(oldest);
    }
    for (const rest of this.#rests.failed(call, message)) this.#wakeAfter(rest);
    this.#onFault(this.#file, message);
  }

  #wakeAfter(rest: number): void {
    const onRested = this.#onRested;
    if (!onRested) return;
    const alarm = after(rest, () => {
      this.#alarms.delete(alarm);
      onRested();
    });
    this.#alarms.add(alarm);
  }

  #send(text: string): void {
    this.#served.channel.toGuest(text);
    this.#served.call();
  }

  /** Waits for the result of a call, and answers its questions. */
  #result(answers: Answers): Result {
    const end = performance.now() + this.#relayTime;
    for (;;) {
      const text = this.#served.channel.fromGuest(Math.max(0, end - performance.now()));
      this.#isLost = text === undefined;
      const said = fromText(text ?? '{"fatal":"is not answered"}') as Question | Result;
      if (!("ask" in said)) return said;
      this.#send(toText(answers[said.ask]!(...said.args as never[]) ?? null));
    }
  }

  #error(state: string): PluginError {
    return new PluginError(this.#file, state);
  }
}

/** Stands for a call that may be long. */
function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64");
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
