/** Hosts on a switch, pairs with stamping sensors, and an agent: applies redirects, sends packets, and says what is wrong. @module */
import assert from "node:assert/strict";
import type { State } from "../../core/report/state.ts";
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { Lab, macTable, ofport } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { introduce } from "../lab/pod.ts";
import { faultsIn } from "./faults.ts";
import { routesOf, superseded, type World } from "./oracle.ts";
import { Port, type Sent, tagged } from "./packets.ts";
import { crossing, EVERYONE } from "./world.ts";
import { type Entry, StampingSensor, targetOf } from "./sensors.ts";

/** Number of packets that are on the way at once: a socket of the switch holds 270 frames, and a broadcast is several. */
const CHUNK = 24;
/** Milliseconds in which a chunk arrives. */
const ARRIVAL = 3000;
/** Milliseconds after the last expected frame, in which a surplus one would come. */
const QUIET = 80;
/** How many faults a failed test shows. */
const SHOWN = 12;

export const PAIRS = ["A", "B", "C", "D"] as const;

export interface SceneOptions {
  /** How many hosts there are: `p1` and so on. */
  readonly hosts?: number;
  readonly pairs?: readonly string[];
  /** The VLAN of all hosts' access ports but that of the last one, which is a trunk. */
  readonly vlan?: number;
  /** The VLAN tag of all packets of all hosts, whose ports are trunks. */
  readonly tag?: number;
  /** Annotations of all Pods, beside those of every test. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export class ChainScene implements AsyncDisposable {
  readonly #open = new DisposableStack();
  readonly ports: readonly Port[];
  readonly journal: Entry[] = [];
  readonly sensors = new Map<string, StampingSensor>();
  world: World = { pods: [], redirects: [] };
  #round = 0;

  private constructor(readonly lab: Lab, readonly options: SceneOptions) {
    this.ports = lab.pods.map((pod) => this.#open.use(new Port(pod.name, pod)));
  }

  static async start(options: SceneOptions = {}): Promise<ChainScene> {
    const { hosts = 4, pairs = PAIRS, vlan } = options;
    const lab = vlan === undefined ? await Lab.start(hosts) : await labOf(hosts, vlan);
    try {
      const scene = new ChainScene(lab, options);
      for (const [index, pair] of pairs.entries()) {
        const sensor = await StampingSensor.make(lab.ovs, [pair, index + 1], scene.journal);
        scene.sensors.set(pair, scene.#open.use(sensor));
      }
      // Without any redirect. The bridge then knows all hosts, and floods no more packets to one of them.
      await scene.expectRight(crossing(scene.hosts, { count: 1 }).filter(isToEveryone));
      return scene;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  get hosts(): readonly string[] {
    return this.ports.map(({ name }) => name);
  }

  /** The host whose port is a trunk gets all with a tag. */
  readonly vlanAt = (host: string) =>
    this.options.tag ?? (host === this.hosts.at(-1) ? this.options.vlan : undefined);

  /** Gives the agent these Pods and redirects, all at once. */
  async write({ pods, redirects }: World): Promise<void> {
    this.world = { pods, redirects };
    const { annotations = {} } = this.options;
    const objects = pods.map((pod) => podObject(pod, pod.labels, { annotations }));
    this.#round++;
    await this.lab.agent.write("world.yaml", ...objects, ...redirects, markOf(this.#round));
  }

  /** The same, and waits until those that are in effect are realized, and all others superseded. */
  async apply(world: World): Promise<void> {
    await this.write(world);
    await this.settled();
  }

  async settled(): Promise<void> {
    const lost = superseded(this.world);
    const wanted = this.world.redirects.map(({ metadata: { name } }) =>
      `${name}: ${lost.has(name) ? "Superseded" : "realized"}`
    );
    const text = (lines: readonly string[]) => [...new Set(lines)].sort().join("; ");
    await this.agentSays(text(wanted), ({ trafficControls }) => {
      const found = trafficControls.filter(({ name }) => !isMark(name))
        .map(({ name, realized, conditions }) => {
          const reasons = [...new Set(conditions.map(({ reason }) => reason))];
          return `${name}: ${realized ? "realized" : reasons.join(", ")}`;
        });
      return text(found) === text(wanted);
    });
  }

  /** Waits until the agent's state is as wanted, and is about the objects that were written last. */
  async agentSays(what: string, isWanted: (state: State) => boolean): Promise<void> {
    const mark = `mark-${this.#round}`;
    await this.lab.agent.settled(
      what,
      (state) => state.trafficControls.some(({ name }) => name === mark) && isWanted(state),
    );
    await this.lab.ovs.emptyCache();
  }

  send({ packet, frame }: Sent): void {
    const vlan = this.vlanAt(packet.from);
    const port = this.ports.find(({ name }) => name === packet.from)!;
    port.send(vlan === undefined ? frame : tagged(frame, vlan));
  }

  /** Takes what has arrived. */
  look(): void {
    for (const port of this.ports) port.look();
  }

  reset(): void {
    for (const port of this.ports) port.reset();
    this.journal.length = 0;
  }

  /** Sends packets. @returns What is wrong with what came of them: a line for each fault. */
  async faults(packets: readonly Sent[], world: World = this.world): Promise<string[]> {
    this.reset();
    for (let at = 0; at < packets.length; at += CHUNK) {
      const chunk = packets.slice(at, at + CHUNK);
      for (const sent of chunk) this.send(sent);
      await this.#arrived(chunk, world);
    }
    await new Promise((resolve) => setTimeout(resolve, QUIET));
    this.look();
    const { ports, journal, vlanAt } = this;
    const pairs = [...this.sensors.keys()].map(targetOf);
    const inside = this.options.tag;
    return faultsIn(packets, { world, seen: { ports, journal, pairs, vlanAt, inside } });
  }

  /** Waits until packets have come to each of their receivers. What is missing is a fault. */
  async #arrived(packets: readonly Sent[], world: World): Promise<void> {
    const left = packets.flatMap(({ id, packet }) => {
      const routes = routesOf(packet, world, this.hosts);
      return this.ports.filter(({ name }) => routes.has(name)).map((port) => ({ id, port }));
    });
    await eventually("all frames", () => {
      this.look();
      while (left.length > 0 && left.at(-1)!.port.framesOf(left.at(-1)!.id).length > 0) left.pop();
      return left.length === 0;
    }, ARRIVAL).catch(() => {}); // what is missing is told as a fault
  }

  /**
   * @param options `world`: what counts in place of what was applied, e.g. without a pair that does not work.
   * @throws {AssertionError} If a packet does not keep to its route, or does not come to its receivers whole and once.
   */
  async expectRight(
    packets: readonly Sent[],
    { about = "", world = this.world }: { readonly about?: string; readonly world?: World } = {},
  ): Promise<void> {
    const faults = await this.faults(packets, world);
    if (faults.length === 0) return;
    const redirects = world.redirects.map((redirect) => JSON.stringify(redirect));
    const lines = [about, ...redirects, ...faults.slice(0, SHOWN), await this.#lost()];
    assert.fail(`${faults.length} faults of ${packets.length} packets:\n${lines.join("\n")}`);
  }

  /** How many frames of these packets have come to each host and into each pair; none where none is named. */
  #tally(packets: readonly Sent[]): Record<string, number> {
    this.look();
    const ids = new Set(packets.map(({ id }) => id));
    const counts = [
      ...this.ports.map((port): [string, number] => [
        port.name,
        [...ids].reduce((sum, id) => sum + port.framesOf(id).length, 0),
      ]),
      ...[...this.sensors.keys()].map((pair): [string, number] => [
        pair,
        this.journal.filter((each) => ids.has(each.id) && each.pair === targetOf(pair)).length,
      ]),
    ];
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }

  /** Sends packets, and checks how many frames come to each host and into each pair, by its letter. */
  async expectTally(
    packets: readonly Sent[],
    wanted: Readonly<Record<string, number>>,
  ): Promise<void> {
    this.reset();
    for (const sent of packets) this.send(sent);
    const sorted = (counts: Readonly<Record<string, number>>) => `${Object.entries(counts).sort()}`;
    await eventually("all frames", () => sorted(this.#tally(packets)) === sorted(wanted), ARRIVAL)
      .catch(() => {}); // the comparison below fails with a better message
    await new Promise((resolve) => setTimeout(resolve, QUIET));
    assert.deepEqual(this.#tally(packets), wanted);
  }

  /** Sends packets from one host to another, and checks that none arrives. */
  async expectNone(packets: readonly Sent[]): Promise<void> {
    const last = crossing(["p2", "p3"], { count: 1 })[0]!; // it comes after them, past no pair
    await this.sendAll([...packets, last], [last]);
    const arrived = packets.filter(({ id }) => this.ports.some((port) => port.framesOf(id).length));
    assert.deepEqual(arrived.map(({ packet }) => `${packet.from} > ${packet.to}`), []);
  }

  /** Sends packets to single hosts, and waits until these have arrived. */
  async sendAll(packets: readonly Sent[], awaited: readonly Sent[] = packets): Promise<void> {
    this.reset();
    for (let at = 0; at < packets.length; at += CHUNK) {
      const chunk = packets.slice(at, at + CHUNK);
      for (const sent of chunk) this.send(sent);
      await this.#arrived(chunk.filter((sent) => awaited.includes(sent)), NOBODY);
    }
    await new Promise((resolve) => setTimeout(resolve, QUIET));
    this.look();
  }

  /** Waits until a redirect has exactly these conditions. */
  async conditions(name: string, ...reasons: readonly string[]): Promise<void> {
    const wanted = reasons.toSorted().join();
    await this.agentSays(`${name}: ${wanted}`, ({ trafficControls }) => {
      const found = trafficControls.find((each) => each.name === name);
      return found?.conditions.map(({ reason }) => reason).sort().join() === wanted;
    });
  }

  /** Waits until the probed sensors of these pairs work, and those of no other one. */
  async sensorsUp(...pairs: readonly string[]): Promise<void> {
    const wanted = pairs.map(targetOf).sort().join();
    await this.agentSays(`sensors ${wanted} up`, ({ sensors }) => {
      const up = sensors.filter(({ state, isOpen }) => state === "up" && !isOpen);
      return up.map(({ target }) => target).sort().join() === wanted;
    });
  }

  /** Frames that the switch never read are lost because the machine is busy. */
  async #lost(): Promise<string> {
    const sockets = await this.lab.ovs.exec("ss", "-0", "-n", "-m");
    const dropped = sockets.match(/,d[1-9]\d*\)/g)?.join(" ") ?? "none";
    return `frames that sockets have dropped: ${dropped}`;
  }

  /** The bridge itself has learnt every host at its own port, and none at a return port. */
  async macsAreHome(): Promise<void> {
    const table = await macTable(this.lab.ovs);
    for (const { mac, name } of this.lab.pods) {
      assert.equal(table.get(mac), await ofport(this.lab.ovs, name), name);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#open.dispose();
    await this.lab[Symbol.asyncDispose]();
  }
}

/** A TrafficControl without Pods: when the agent knows it, it knows all that was written with it. */
const markOf = (round: number) =>
  trafficControl(`mark-${round}`, {
    appliedTo: app("nobody"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal("unused"),
  });
const isMark = (name: string) => name.startsWith("mark-");

const NOBODY: World = { pods: [], redirects: [] };
const isToEveryone = ({ packet }: Sent) => packet.to === EVERYONE;

async function labOf(hosts: number, vlan: number): Promise<Lab> {
  const lab = await Lab.start(0);
  try {
    for (let number = 1; number <= hosts; number++) {
      await lab.addPod(`p${number}`, number < hosts ? { vlan } : {});
    }
    await introduce(...lab.pods);
    return lab;
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}
