/** A program at a terminal: what is typed, and what is on the screen. @module */
import { eventually } from "./ovs.ts";

/** Ends lines that are typed. */
const ENTER = "\r";
/** Milliseconds. A completion starts a program, and a loaded machine takes its time. */
const ANSWER_TIMEOUT = 60_000;

export class Terminal implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #keyboard: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  #screen = "";

  /** script(1) of util-linux gives the terminal. @param env All that the program has of it. */
  constructor(command: string, env: Record<string, string>) {
    this.#child = new Deno.Command("script", {
      args: ["--quiet", "--return", "--command", command, "/dev/null"],
      clearEnv: true,
      env: { TERM: "dumb", PATH: Deno.env.get("PATH")!, SHELL: "/bin/sh", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#keyboard = this.#child.stdin.getWriter();
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#screen += text;
    }
  }

  async type(text: string): Promise<void> {
    await this.#keyboard.write(new TextEncoder().encode(text));
  }

  /** Waits for it on the screen, and forgets all that is there. */
  async sees(wanted: RegExp): Promise<string> {
    try {
      const found = await eventually(
        String(wanted),
        () => wanted.exec(this.#screen)?.[0],
        ANSWER_TIMEOUT,
      );
      this.#screen = "";
      return found;
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${this.#screen}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.type(`exit${ENTER}`);
    await this.#keyboard.close();
    await this.#child.status;
    await this.#reading;
  }
}
