/** A sensor that is a program: tests stop it, and let it go on, as a sensor that hangs for a while. @module */
import { eventually } from "../lab/ovs.ts";
import { ipIn } from "../lab/run.ts";
import type { SensorScene } from "./scene.ts";

const PROGRAM = new URL("./forwarder_program.ts", import.meta.url).pathname;
/** The Linux bridge of a scene in whose place the program forwards, and its devices. */
const [WIRE, INTO, OUT] = ["w-vin-x", "vin-x", "vout-x"];

export class Forwarder implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
  }

  /**
   * Puts the program in the place of a scene's wire.
   *
   * @param options `capacity`: packets of a second, of which it drops what is more. @default {as many as come}
   */
  static async in(
    { lab: { ovs } }: SensorScene,
    { capacity = Infinity }: { readonly capacity?: number } = {},
  ): Promise<Forwarder> {
    await ipIn(ovs.netns, "link", "del", WIRE);
    const program = [Deno.execPath(), "run", "-A", "--no-check", PROGRAM];
    // Other programs do not keep it from forwarding in time, and the kernel kills it when this process ends.
    const child = new Deno.Command("nice", {
      args: ["-n", "-20", "setpriv", "--pdeathsig", "KILL", ...program, ovs.netns, INTO, OUT]
        .concat(`${capacity}`),
      stdin: "null",
      stdout: "null",
    }).spawn();
    const forwarder = new Forwarder(child);
    const sockets = () => ovs.exec("ss", "-0", "-n");
    await eventually(
      "the sockets of the program",
      async () => (await sockets()).includes(`:${OUT} `),
    );
    return forwarder;
  }

  /** It hangs: what comes in waits in its buffer. */
  stop(): void {
    this.#child.kill("SIGSTOP");
  }

  goOn(): void {
    this.#child.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }
}
