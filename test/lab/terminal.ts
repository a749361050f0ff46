/** Runs a program at a terminal: the test types text, and waits for text on the screen. @module */
import { eventually } from "./ovs.ts";

/** The key that ends a line. */
const ENTER = "\r";
/** Milliseconds. It is long, because a completion starts a program, which is slow on a loaded machine. */
const ANSWER_TIMEOUT = 60_000;

export class Terminal implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #keyboard: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  #screen = "";

  /**
   * Starts a program by script(1) of util-linux, which gives it a terminal.
   *
   * @param env Variables of the program. It gets none of the test's own variables but PATH.
   */
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

  /** Waits for a text on the screen, and then clears the screen. @returns The text. */
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
