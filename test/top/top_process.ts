/** `sluice top` as a process of its own, which writes a line of JSON for each interval. @module */
import assert from "node:assert/strict";
import { PROGRAM } from "../lab/agent.ts";
import { TextLineStream } from "../lab/lines.ts";
import type { PrivateOvs } from "../lab/ovs.ts";

interface Moved {
  readonly packets: number;
  readonly bytes: number;
  readonly packetsPerSecond: number;
  readonly bytesPerSecond: number;
}
export const MOVES = ["sent", "received", "copied", "redirected", "dropped"] as const;
export type TopRow = Readonly<Partial<Record<typeof MOVES[number], Moved>>> & {
  readonly trafficControl?: string;
  readonly namespace?: string;
  readonly pod?: string;
  readonly port?: string;
};
export interface TopLine {
  readonly by: string;
  readonly seconds: number;
  readonly unread?: readonly string[];
  readonly rows: readonly TopRow[];
}

export class TopProcess implements AsyncDisposable {
  readonly lines: TopLine[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  readonly #errors: Promise<string>;

  constructor(ovs: PrivateOvs, ...args: readonly string[]) {
    const top = [...PROGRAM, "top", "-o", "json", "--interval", "500ms", ...args];
    this.#child = new Deno.Command("ip", {
      args: ["netns", "exec", ovs.netns, "setpriv", "--pdeathsig", "KILL", ...top],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reading = this.#read();
    this.#errors = new Response(this.#child.stderr).text();
  }

  async #read(): Promise<void> {
    const lines = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const line of lines) this.lines.push(JSON.parse(line));
  }

  /** What the rows of one subject have moved in all intervals together. */
  sum(
    what: typeof MOVES[number],
    isRow: (row: TopRow) => boolean,
  ): Pick<Moved, "packets" | "bytes"> {
    const moved = this.lines.flatMap(({ rows }) => rows.filter(isRow))
      .map((row) => row[what]).filter((each) => each !== undefined);
    return {
      packets: moved.reduce((sum, { packets }) => sum + packets, 0),
      bytes: moved.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  /** Ends it by SIGINT, as Ctrl-C does, and checks that its exit code is 0. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGINT");
    const { code } = await this.#child.status;
    await this.#reading;
    assert.equal(code, 0, await this.#errors);
  }
}
