/** A TCP connection between two Pods that lasts. @module */
import { join } from "node:path";
import { TextLineStream } from "../lab/lines.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";

/** So many answers show that it is alive. */
const SOME = 20;
/** Milliseconds: what is lost is sent again later and later, RFC 6298. */
const TIMEOUT = 20_000;

export class Talk implements AsyncDisposable {
  #answers = 0;
  #longest = 0;
  #last = performance.now();
  readonly #reading: Promise<void>;

  private constructor(readonly child: Deno.ChildProcess) {
    this.#reading = this.#read();
  }

  /** Begins one to the server program of another Pod, and waits until it stands. */
  static async begin(from: TestPod, ip: string): Promise<Talk> {
    const program = join(import.meta.dirname!, "talk_program.ts");
    const command = [Deno.execPath(), "run", "-A", "--quiet", "--no-check", program, ip];
    const child = new Deno.Command("ip", {
      args: ["netns", "exec", from.netns, "setpriv", "--pdeathsig", "KILL", ...command],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const talk = new Talk(child);
    await talk.goesOn();
    talk.#longest = 0;
    return talk;
  }

  async #read(): Promise<void> {
    const lines = this.child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const line of lines) {
      const now = performance.now();
      this.#longest = Math.max(this.#longest, now - this.#last);
      [this.#answers, this.#last] = [Number(line), now];
    }
  }

  /** The longest time without an answer, in milliseconds. */
  get longest(): number {
    return this.#longest;
  }

  /** Waits for more answers. */
  async goesOn(): Promise<void> {
    const before = this.#answers;
    await eventually("more answers", () => this.#answers >= before + SOME, TIMEOUT);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended by itself
    }
    await this.child.status;
    await this.#reading;
  }
}
