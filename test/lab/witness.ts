/** Watches every change of a flow on a switch, by ovs-ofctl and not by code of Sluice. @module */
import { TextLineStream } from "./lines.ts";
import { eventually, type PrivateOvs } from "./ovs.ts";

/** The start of a line that reports a change: ovs-ofctl(8), command `monitor`, `watch`. */
const EVENT = /^ event=(ADDED|DELETED|MODIFIED)/;
/** A flow that only the witness writes, to find out whether changes are reported. */
const SIGN = "table=253,cookie=0xe7e,priority=1";

/** Records the changes of a bridge's flows from its start to its end. */
export class FlowWitness implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  /** One line for each change, with the flow's table, cookie, match and actions. */
  readonly events: string[] = [];

  private constructor(readonly ovs: PrivateOvs, child: Deno.ChildProcess) {
    this.#child = child;
    this.#reading = this.#read(child.stderr);
  }

  /** Starts a witness. When it resolves, every later change will be recorded. */
  static async start(ovs: PrivateOvs): Promise<FlowWitness> {
    const child = new Deno.Command("setpriv", {
      args: ["--pdeathsig", "KILL", "ovs-ofctl", "monitor", "br0", "watch:!initial"],
      env: ovs.environment,
      stdin: "null",
      stdout: "null",
      stderr: "piped", // ovs-ofctl writes messages without a request there
    }).spawn();
    const witness = new FlowWitness(ovs, child);
    await eventually("the first event of the witness", () => witness.#sees());
    return witness;
  }

  /** Changes of Sluice's flows, without those that the switch learns. */
  get ours(): string[] {
    return this.events.filter((event) => /cookie=0x51ce0000/.test(event));
  }

  /** Adds and deletes a flow. @returns Whether any change has been reported so far. */
  async #sees(): Promise<boolean> {
    await this.ovs.ofctl("add-flow", "br0", `${SIGN},actions=drop`);
    await this.ovs.ofctl("del-flows", "br0", "table=253,cookie=0xe7e/-1");
    return this.events.length > 0;
  }

  /** Waits until all changes so far are recorded. */
  async caughtUp(): Promise<void> {
    const before = this.events.length;
    await this.#sees();
    await eventually("a later event", () => this.events.length > before);
  }

  async #read(stderr: ReadableStream<Uint8Array>): Promise<void> {
    const lines = stderr.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
    for await (const line of lines) if (EVENT.test(line)) this.events.push(line.trim());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
    await this.#reading;
  }
}
