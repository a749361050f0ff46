/** Packets that never pause while mirrors change: Open vSwitch 3.1 keeps old actions in its cache only for those. @module */
import { podObject } from "../lab/agent.ts";
import type { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { PacketSocket } from "../lab/packets.ts";
import { ipIn } from "../lab/run.ts";
import { arrived, Capture, faultsOf, wantedOf } from "./comparison.ts";
import type { World } from "./oracle.ts";
import { build, type Sent, type Shape } from "./packets.ts";
import { HOSTS, newIDs, TARGETS } from "./world.ts";

/** Packets per second, and milliseconds between two looks at the clock. */
const [RATE, TICK] = [1000, 2];
const SECOND = 1000;
const MOST_AT_ONCE = 8;
/** The part of the packets that must come somewhere. */
const LEAST_READ = 0.9;
/** Seconds after a change, from which on each packet must be treated by it; and for which that is looked at. */
const [SETTLING, LOOKED_AT] = [2, 0.6];
/** Milliseconds in which the last packets arrive. */
const ARRIVAL = 1000;
const NAMES = HOSTS.map(({ name }) => name);

/** Sends the same packets again and again, each time with another number. */
export class LiveTraffic implements AsyncDisposable {
  readonly #open = new DisposableStack();
  readonly #senders: ReadonlyMap<string, PacketSocket>;
  readonly #places: readonly Capture[];
  readonly #timer: ReturnType<typeof setInterval>;
  #sent: Sent[] = [];
  #count = 0;

  private constructor(readonly lab: Lab, readonly shapes: readonly Shape[]) {
    const { ovs: { netns }, pods } = lab;
    const open = <T extends Disposable>(what: T) => this.#open.use(what);
    this.#senders = new Map(pods.map((pod) => [pod.name, open(PacketSocket.open(pod))]));
    this.#places = [
      ...pods.map((pod) => new Capture(pod.name, pod)),
      ...TARGETS.map((device) => new Capture(device, { netns, device })),
    ].map(open);
    const begin = performance.now();
    this.#timer = setInterval(() => {
      const due = (performance.now() - begin) / SECOND * RATE;
      // A sender that was held up does not send all at once what it is behind by.
      for (let most = MOST_AT_ONCE; this.#count < due && most > 0; most--) this.#send();
      for (const place of this.#places) place.look();
    }, TICK);
  }

  /** @param shapes Packets to single hosts. */
  static async start(lab: Lab, shapes: readonly Shape[]): Promise<LiveTraffic> {
    const { ovs } = lab;
    // These ports are the owner's, so that they stay when no mirror uses them.
    for (const name of TARGETS) {
      await ovs.vsctl("add-port", "br0", name, "--", "set", "interface", name, "type=internal");
      await ipIn(ovs.netns, "link", "set", "dev", name, "up");
    }
    return new LiveTraffic(lab, shapes);
  }

  /** Changes the mirrors. @returns What is wrong after the time that a change may take. */
  async faultsAfter(world: World): Promise<string[]> {
    const { agent } = this.lab;
    await agent.write("pods.yaml", ...world.pods.map((pod) => podObject(pod, pod.labels)));
    if (world.mirrors.length > 0) await agent.write("tc.yaml", ...world.mirrors);
    else await agent.delete("tc.yaml").catch(() => {}); // it may be gone already
    return await this.#faultsLater(world);
  }

  #send(): void {
    const shape = this.shapes[this.#count++ % this.shapes.length]!;
    const sent = build({ ...shape, id: newIDs(1)[0]! });
    this.#senders.get(shape.from)!.send(sent.frame);
    this.#sent.push(sent);
  }

  async #next(seconds: number): Promise<readonly Sent[]> {
    const wanted = this.#sent.length + seconds * RATE;
    const from = this.#sent.length;
    await eventually("more packets", () => this.#sent.length >= wanted);
    return this.#sent.slice(from);
  }

  async #faultsLater(world: World): Promise<string[]> {
    await this.#next(SETTLING);
    for (const place of this.#places) place.reset();
    this.#sent = [];
    const packets = await this.#next(LOOKED_AT);
    const last = packets.at(-1)!;
    const receivers = this.#places.filter(({ name }) => name === last.packet.to);
    await eventually(
      "the last packet",
      () => receivers.every((at) => arrived(last, at).length > 0),
      ARRIVAL,
    )
      .catch(() => {});
    for (const place of this.#places) place.look();
    return this.#faults(packets, world);
  }

  /** A busy machine may lose packets before the switch reads them: nothing came of these, and only many are a fault. */
  #faults(packets: readonly Sent[], world: World): string[] {
    const read = packets.filter((sent) => this.#places.some((at) => arrived(sent, at).length > 0));
    const faults = read.flatMap((sent) =>
      faultsOf(sent, wantedOf(sent.packet, world, NAMES), this.#places)
    );
    const isLossy = read.length < packets.length * LEAST_READ;
    return isLossy ? [`${read.length} of ${packets.length} came anywhere`, ...faults] : faults;
  }

  [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#open.dispose();
    return Promise.resolve();
  }
}
