/** Applies worlds of Pods and mirrors to a switch, sends packets, and says which copies are wrong. @module */
import assert from "node:assert/strict";
import type { State } from "../../core/report/state.ts";
import { podObject } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { PacketSocket } from "../lab/packets.ts";
import { arrived, Capture, faultsOf, wantedOf } from "./comparison.ts";
import { type Mirror, type World } from "./oracle.ts";
import type { Sent } from "./packets.ts";
import { HOSTS } from "./world.ts";

/** Number of packets that are on the way at once: a socket of the switch holds 270 frames, and a broadcast is several. */
const CHUNK = 32;
/** Milliseconds in which a chunk arrives, and in which all copies do. */
const ARRIVAL = 3000;
/** Milliseconds after the last expected frame, in which a surplus one would come. */
const QUIET = 80;
/** How many faults a failed test shows. */
const SHOWN = 12;

const NAMES = HOSTS.map(({ name }) => name);

/** A switch with an agent, three Pods and a host, see `HOSTS`. */
export class PolicyScene implements AsyncDisposable {
  readonly #open = new DisposableStack();
  readonly #senders: ReadonlyMap<string, PacketSocket>;
  readonly hosts: ReadonlyMap<string, Capture>;
  #targets: Capture[] = [];
  #world: World = { pods: [], mirrors: [] };
  #round = 0;

  private constructor(readonly lab: Lab) {
    const open = <T extends Disposable>(what: T) => this.#open.use(what);
    this.hosts = new Map(lab.pods.map((pod) => [pod.name, open(new Capture(pod.name, pod))]));
    this.#senders = new Map(lab.pods.map((pod) => [pod.name, open(PacketSocket.open(pod))]));
  }

  static async start(): Promise<PolicyScene> {
    return new PolicyScene(await Lab.start(HOSTS.length));
  }

  /** Gives the agent these Pods and mirrors, under new names, and waits until the switch has them. */
  async apply({ pods, mirrors }: World): Promise<void> {
    const { agent, ovs } = this.lab;
    const round = ++this.#round;
    const named = mirrors.map((mirror): Mirror => ({
      ...mirror,
      metadata: { ...mirror.metadata, name: `${mirror.metadata.name}-${round}` },
    }));
    await agent.write("pods.yaml", ...pods.map((pod) => podObject(pod, pod.labels)));
    await agent.write("tc.yaml", ...named);
    const names = named.map(({ metadata }) => metadata.name);
    await agent.settled(
      "the mirrors",
      ({ trafficControls }) => `${trafficControls.map(({ name }) => name)}` === `${names.sort()}`,
    );
    assertAccepted(await agent.state());
    await agent.realized(...names);
    await ovs.emptyCache();
    this.#world = { pods, mirrors };
    this.#watchTargets();
  }

  /** The agent may have made a target's device anew. */
  #watchTargets(): void {
    for (const target of this.#targets) target[Symbol.dispose]();
    const { netns } = this.lab.ovs;
    const targets = this.#world.mirrors.map(({ spec }) => spec.targetPort.ovsInternal.name);
    this.#targets = [...new Set(targets)].map((name) => new Capture(name, { netns, device: name }));
  }

  get #places(): readonly Capture[] {
    return [...this.hosts.values(), ...this.#targets];
  }

  /** Sends packets. @returns What is wrong with what came of them, if this world was applied: a line for each. */
  async faults(packets: readonly Sent[], world: World = this.#world): Promise<string[]> {
    for (const place of this.#places) place.reset();
    for (let at = 0; at < packets.length; at += CHUNK) {
      const chunk = packets.slice(at, at + CHUNK);
      for (const { packet, frame } of chunk) this.#senders.get(packet.from)!.send(frame);
      await this.#all(chunk, [...this.hosts.values()]);
    }
    await this.#all(packets, this.#places);
    await new Promise((resolve) => setTimeout(resolve, QUIET));
    for (const place of this.#places) place.look();
    return packets.flatMap((sent) =>
      faultsOf(sent, wantedOf(sent.packet, world, NAMES), this.#places)
    );
  }

  /** Waits until at least one frame of each packet has come to each place that gets one. What is missing is a fault. */
  async #all(packets: readonly Sent[], places: readonly Capture[]): Promise<void> {
    const left = packets.flatMap((sent) => {
      const wanted = wantedOf(sent.packet, this.#world, NAMES);
      return places.filter(({ name }) => wanted.has(name)).map((place) => ({ sent, place }));
    });
    await eventually("all frames", () => {
      for (const place of places) place.look();
      while (left.length > 0 && arrived(left.at(-1)!.sent, left.at(-1)!.place).length > 0) {
        left.pop();
      }
      return left.length === 0;
    }, ARRIVAL).catch(() => {});
  }

  /** @throws {AssertionError} If a copy is wrong, or a packet does not come to its receivers whole and once. */
  async expectRight(packets: readonly Sent[], about = ""): Promise<void> {
    const faults = await this.faults(packets);
    if (faults.length === 0) return;
    const mirrors = this.#world.mirrors.map((mirror) => JSON.stringify(mirror));
    const lines = [about, ...mirrors, ...faults.slice(0, SHOWN), await this.#lost()];
    assert.fail(`${faults.length} of ${packets.length} packets:\n${lines.join("\n")}`);
  }

  /** Frames that the switch never read are lost because the machine is busy. */
  async #lost(): Promise<string> {
    const sockets = await this.lab.ovs.exec("ss", "-0", "-n", "-m");
    return `frames that sockets have dropped: ${
      sockets.match(/,d[1-9]\d*\)/g)?.join(" ") ?? "none"
    }`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#open.dispose();
    for (const target of this.#targets) target[Symbol.dispose]();
    await this.lab[Symbol.asyncDispose]();
  }
}

/** A mirror that is refused never becomes real: a test must not wait for it. */
function assertAccepted({ trafficControls }: State): void {
  const refused = trafficControls.flatMap(({ name, conditions }) =>
    conditions.filter(({ reason }) => reason === "Invalid").map(({ message }) =>
      `${name}: ${message}`
    )
  );
  assert.deepEqual(refused, []);
}
