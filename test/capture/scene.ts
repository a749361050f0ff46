/** A switch with two Pods, an agent, and `sluice capture`. @module */
import { join } from "node:path";
import { app, internal, podObject, PROGRAM, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { spawnIn } from "../lab/run.ts";

export const MIRROR = trafficControl("mirror-web", {
  appliedTo: app("web"),
  direction: "Both",
  action: "Mirror",
  targetPort: internal("tap0"),
});

/** Milliseconds in which the command starts, also on a machine that does much else. */
const BEGIN_TIMEOUT = 40_000;
const AGENT = "127.0.0.1:10360";
/** Flows that send to sessions, and their meters. */
const OF_CAPTURE = /controller\(id=2094[3-6]/;
const METER_OF_CAPTURE = /meter[:=]1375731\d\d\d/;

/** The type of the block of a packet, and the length of a block's type and length: draft-ietf-opsawg-pcapng section 4.3. */
const [PACKET_BLOCK, BLOCK_HEAD] = [6, 8];

/** Number of packets in a file that is being written: the last block may not be whole. */
function packetsIn({ buffer, length }: Uint8Array): number {
  const view = new DataView(buffer);
  let [at, count] = [0, 0];
  while (at + BLOCK_HEAD <= length) {
    const end = at + view.getUint32(at + 4, true);
    if (view.getUint32(at, true) === PACKET_BLOCK && end <= length) count++;
    at = end;
  }
  return count;
}

/** A running `sluice capture`, whose packets go to a file. */
export class Capture {
  readonly #child: Deno.ChildProcess;

  constructor(netns: string, readonly file: string, args: readonly string[]) {
    const command = [...PROGRAM, "capture", "--address", AGENT, "-w", file, ...args];
    this.#child = spawnIn(netns, command, { stderr: "piped" });
  }

  /** Waits until the file has so many bytes. */
  async has(bytes: number): Promise<void> {
    await eventually(
      `${bytes} bytes of a capture`,
      () => Deno.stat(this.file).then(({ size }) => size >= bytes, () => false),
      BEGIN_TIMEOUT,
    );
  }

  /** Waits until the file has so many packets. */
  async hasPackets(count: number): Promise<void> {
    await eventually(
      `${count} packets of a capture`,
      async () => packetsIn(await Deno.readFile(this.file)) >= count,
      BEGIN_TIMEOUT,
    );
  }

  /** Resolves when the agent has begun: the file is made then. */
  async begun(): Promise<this> {
    await this.has(1);
    return this;
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits until it has ended. @returns What it has said. */
  async ended(): Promise<{ readonly code: number; readonly said: string }> {
    const said = await new Response(this.#child.stderr).text();
    const { code } = await this.#child.status;
    return { code, said };
  }

  /** Ends it as Ctrl-C does. */
  stop(): ReturnType<Capture["ended"]> {
    this.kill("SIGINT");
    return this.ended();
  }
}

export class Scene implements AsyncDisposable {
  readonly web: TestPod;
  readonly peer: TestPod;
  #captures = 0;

  private constructor(readonly lab: Lab) {
    [this.web, this.peer] = lab.pods as [TestPod, TestPod];
  }

  static async start(...controls: readonly object[]): Promise<Scene> {
    const scene = new Scene(await Lab.start(2));
    const { lab: { agent }, web, peer } = scene;
    await agent.write("pods.yaml", podObject(web, { app: "web" }), podObject(peer, {}));
    if (controls.length > 0) await agent.write("tc.yaml", ...controls);
    const isThere = (count: number, of: readonly unknown[]) => of.length === count;
    await agent.settled(
      "Pods and TrafficControls",
      ({ pods, trafficControls }) =>
        isThere(2, pods) && isThere(controls.length, trafficControls) &&
        trafficControls.every(({ realized }) => realized),
    );
    return scene;
  }

  /** Starts `sluice capture`, and does not wait. */
  run(...args: readonly string[]): Capture {
    const { ovs } = this.lab;
    return new Capture(ovs.netns, join(ovs.dir, `capture${++this.#captures}.pcapng`), args);
  }

  /** Starts it, and waits until it captures. */
  capture(...args: readonly string[]): Promise<Capture> {
    return this.run(...args).begun();
  }

  /** What sessions have in the switch: flows, and meters. */
  async left(): Promise<string[]> {
    const { ovs } = this.lab;
    const [flows, meters] = await Promise.all([
      ovs.ofctl("dump-flows", "br0"),
      ovs.ofctl("dump-meters", "br0"),
    ]);
    return [
      ...flows.split("\n").filter((line) => OF_CAPTURE.test(line)),
      ...meters.split("\n").filter((line) => METER_OF_CAPTURE.test(line)),
    ];
  }

  /** Waits until nothing of any session is in the switch. */
  async clean(): Promise<void> {
    await eventually("a switch without captures", async () => (await this.left()).length === 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab[Symbol.asyncDispose]();
  }
}
