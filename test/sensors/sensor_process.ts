/** `sluice sensor` of a test: a process that forwards, with the counts that it tells. @module */
import { PROGRAM } from "../lab/agent.ts";
import { TextLineStream } from "../lab/lines.ts";
import { eventually } from "../lab/ovs.ts";
import type { Counts } from "../../core/sensor/counts.ts";

/** A line of its JSON. */
export type Told = Counts & { readonly end?: true };

/** Milliseconds in which it begins, and ends. */
const TIMEOUT = 15_000;

export class SensorProcess implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly errors: string[] = [];
  readonly #reading: Promise<unknown>;

  private constructor(readonly child: Deno.ChildProcess) {
    this.#reading = Promise.all([
      read(child.stdout, this.lines),
      read(child.stderr, this.errors),
    ]);
  }

  /** Starts it, and waits until it forwards. @param args Its devices and options. */
  static async start(netns: string, ...args: readonly string[]): Promise<SensorProcess> {
    const command = ["setpriv", "--pdeathsig", "KILL", ...PROGRAM, "sensor", ...args];
    const child = new Deno.Command("ip", {
      args: ["netns", "exec", netns, ...command],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const sensor = new SensorProcess(child);
    await eventually("a sensor", () => sensor.lines.length > 0, TIMEOUT)
      .catch((error) => {
        throw new Error(`${error.message}: ${sensor.errors.join("\n")}`);
      });
    return sensor;
  }

  /** The last line of JSON. */
  get told(): Told {
    return JSON.parse(this.lines.at(-1)!);
  }

  /** Waits until it has told something. */
  tells(what: string, isTold: (told: Told) => boolean): Promise<unknown> {
    return eventually(what, () => isTold(this.told), TIMEOUT);
  }

  /** Ends it. @returns Its exit code. */
  async end(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    this.child.kill(signal);
    const { code } = await this.child.status;
    await this.#reading;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const isOver = await Promise.race([this.child.status, Promise.resolve(undefined)]);
    if (!isOver) await this.end("SIGKILL");
  }
}

async function read(stream: ReadableStream<Uint8Array>, lines: string[]): Promise<void> {
  const all = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  for await (const line of all) lines.push(line);
}
