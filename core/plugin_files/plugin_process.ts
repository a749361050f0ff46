/** A process in which one plugin file runs: its lines, and its end. @module */
import { harmless } from "../base/foreign_text.ts";
import { LIMITS } from "../base/limits.ts";
import { BEGUN, EXHAUSTED } from "./isolate_messages.ts";

const MEBIBYTE = 1024 * 1024;

export interface PluginProcessOptions {
  /** The program and its arguments, behind which `TOKEN FILE` is added. */
  readonly command: readonly string[];
  readonly file: string;
}

export class PluginProcess {
  readonly #child: Deno.ChildProcess;
  readonly #token = crypto.randomUUID();
  readonly #onFault: (fault: string) => void;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  #lines: string[] = [];
  #line = Promise.withResolvers<void>();
  #killed: string | undefined;
  readonly #started = Promise.withResolvers<void>();
  readonly #stderr: Promise<string>;
  readonly #done: Promise<void>;
  hasEnded = false;
  /** Characters that it has written since its start or the last text that was sent to it. */
  #written = 0;
  /** Whether it has begun with the call that was sent last. */
  #hasBegun = false;

  /** @param onFault Gets what fails while nobody waits for an answer. */
  constructor({ command, file }: PluginProcessOptions, onFault: (fault: string) => void) {
    const [program, ...args] = command;
    this.#onFault = onFault;
    this.#child = new Deno.Command(program!, {
      args: [...args, this.#token, file],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#input.closed.catch(() => {}); // The end of the process is noticed by its output
    this.#stderr = this.#readErrors();
    this.#done = this.#read();
  }

  /** Resolves when the process begins to load the file, or has ended. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  async send(text: string): Promise<void> {
    this.#hasBegun = false;
    this.#written = 0;
    await this.#input.write(new TextEncoder().encode(`${text}\n`)).catch(() => {});
  }

  /** The next line that answers; nothing if the process has ended. */
  async next(): Promise<string | undefined> {
    while (this.#lines.length === 0 && !this.hasEnded) {
      this.#line = Promise.withResolvers();
      await this.#line.promise;
    }
    return this.#lines.shift();
  }

  /** @param reason Why, as the end of a sentence. */
  kill(reason: string): void {
    if (this.hasEnded || this.#killed !== undefined) return;
    this.#killed = reason;
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself at this moment
    }
  }

  /** Why it has ended, as the end of a sentence. */
  async why(): Promise<string> {
    await this.#done;
    const lines = (await this.#stderr).split("\n").filter((line) => !/^(\s+at .*|)$/.test(line));
    const said = lines.find((line) => line.startsWith("error:"))?.replace(/^error: /, "") ??
      lines.at(-1) ?? "";
    return this.#killed ?? `ends the process that loads it${said && `: ${harmless(said)}`}`;
  }

  async #read(): Promise<void> {
    const rest: string[] = [];
    for await (const chunk of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#written += chunk.length;
      if (this.#written > LIMITS.pluginOutput) this.kill("writes without end");
      const [first = "", ...lines] = chunk.split("\n");
      rest.push(first);
      for (const line of lines) {
        this.#hear(rest.splice(0).join(""));
        rest.push(line);
      }
    }
    await this.#child.status;
    await this.#input.close().catch(() => {}); // else its file stays open; it may be broken already
    this.hasEnded = true;
    this.#started.resolve();
    this.#line.resolve();
  }

  #hear(line: string): void {
    if (!line.startsWith(this.#token) || this.#killed !== undefined) return;
    const text = line.slice(this.#token.length);
    if (text === BEGUN) {
      this.#hasBegun = true;
      this.#started.resolve();
    } else if (text === EXHAUSTED) {
      this.kill(`uses more than ${LIMITS.pluginMemory / MEBIBYTE} MB of memory`);
    } else if (text.startsWith('{"fault":')) {
      this.#onFault(harmless((JSON.parse(text) as { fault: string }).fault));
    } else {
      this.#lines.push(text);
      this.#line.resolve();
    }
  }

  /** Reads all that the process writes to stderr, and keeps its end. */
  async #readErrors(): Promise<string> {
    let text = "";
    for await (const chunk of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#written += chunk.length;
      if (this.#written > LIMITS.pluginOutput) this.kill("writes without end");
      text = (text + chunk).slice(-LIMITS.pluginErrors);
    }
    return text;
  }
}
