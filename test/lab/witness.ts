/** A second pair of eyes on a switch: every change of a flow, as Open vSwitch itself tells ovs-ofctl. @module */
import { TextLineStream } from "./lines.ts";
import { eventually, type PrivateOvs } from "./ovs.ts";

/** What the monitor prints of one flow: ovs-ofctl(8), `monitor`, `watch`. */
const EVENT = /^ event=(ADDED|DELETED|MODIFIED)/;
/** A flow that only the witness makes, to know that it sees. */
const SIGN = "table=253,cookie=0xe7e,priority=1";

export class FlowWitness implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  /** One line each, with table, cookie, match and actions. */
  readonly events: string[] = [];

  private constructor(readonly ovs: PrivateOvs, child: Deno.ChildProcess) {
    this.#child = child;
    this.#reading = this.#read(child.stderr);
  }

  /** Sees all that changes from now on. */
  static async start(ovs: PrivateOvs): Promise<FlowWitness> {
    const child = new Deno.Command("setpriv", {
      args: ["--pdeathsig", "KILL", "ovs-ofctl", "monitor", "br0", "watch:!initial"],
      env: ovs.environment,
      stdin: "null",
      stdout: "null",
      stderr: "piped", // what comes unasked is written there
    }).spawn();
    const witness = new FlowWitness(ovs, child);
    await eventually("the first event of the witness", () => witness.#sees());
    return witness;
  }

  /** Changes of flows with our own cookie; those that the switch learns are not. */
  get ours(): string[] {
    return this.events.filter((event) => /cookie=0x51ce0000/.test(event));
  }

  async #sees(): Promise<boolean> {
    await this.ovs.ofctl("add-flow", "br0", `${SIGN},actions=drop`);
    await this.ovs.ofctl("del-flows", "br0", "table=253,cookie=0xe7e/-1");
    return this.events.length > 0;
  }

  /** Waits until all that has happened so far has been told. */
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
