/** One of the bridges with an agent that has the files, a sensor in the pair, a collector behind the tunnel, and counters. @module */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { State } from "../../core/report/state.ts";
import { TestAgent } from "../lab/agent.ts";
import type { Transport } from "../lab/frames.ts";
import type { PrivateOvs } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { Sink } from "../lab/sink.ts";
import { Counter, expectFlow } from "../lab/traffic.ts";
import { collector } from "../lab/tunnel.ts";
import { bridgeWire } from "../lab/wire.ts";
import { type Bridge, FILES } from "./bridge.ts";
import { comparable } from "./state.ts";

/** What the objects name. */
const REMOTE = "10.0.10.2";
const PAIR = ["tap0", "tap1"] as const;
/** Where copies and redirected packets come: behind the tunnel, or to a port of the bridge. */
const LOCAL_SENSORS = ["ids0", "tap0"] as const;
export type Sensor = "collector" | typeof LOCAL_SENSORS[number];
/** The bridge through which the tunnel leaves. */
const UNDERLAY = "br-col";

/** Ports of UDP. */
const [DISCARD, DNS] = [9, 53];
const VERSIONS = [4, 6] as const;

/** Datagrams from one Pod to another. */
export interface Way {
  readonly from: string;
  readonly to: string;
  /** Each datagram comes once to each of these, and to no other sensor. */
  readonly seen: readonly Sensor[];
  /** It is a question to port 53, or an answer from there. */
  readonly dns?: "question" | "answer";
}

export class Scene implements AsyncDisposable {
  readonly #open = new DisposableStack();
  #counters = new Map<string, Counter>();

  private constructor(readonly bridge: Bridge, readonly agent: TestAgent) {}

  /** Takes over the bridge: it ends with the scene. */
  static async start(bridge: Bridge): Promise<Scene> {
    const { ovs, name } = bridge;
    try {
      const far = await collector(ovs, [REMOTE], UNDERLAY);
      const scene = new Scene(bridge, await TestAgent.start(ovs, ["--bridge", name]));
      scene.#count("collector", far);
      return scene;
    } catch (error) {
      await bridge[Symbol.asyncDispose]();
      throw error;
    }
  }

  get ovs(): PrivateOvs {
    return this.bridge.ovs;
  }
  pod(name: string): TestPod {
    return this.bridge.pods.get(name)!;
  }

  #count(name: string, place: { readonly netns: string; readonly device: string }): void {
    this.#counters.set(name, this.#open.use(new Counter(name, place)));
  }

  /** Gives the files to the agent, and waits until its state is as wanted. Then it begins to count. */
  async apply(wanted: object): Promise<void> {
    for (const file of FILES) await this.agent.copy(file);
    await this.expectState(wanted);
    await bridgeWire(this.ovs, PAIR);
    for (const device of LOCAL_SENSORS) this.#count(device, { netns: this.ovs.netns, device });
    for (const [name, pod] of this.bridge.pods) {
      this.#count(name, pod);
      for (const port of [DISCARD, DNS]) this.#open.use(Sink.open(pod, port));
    }
  }

  /**
   * Waits until the agent's state is as wanted, apart from what differs between bridges.
   *
   * @throws {AssertionError} If it does not get so.
   */
  async expectState(wanted: object): Promise<void> {
    const { agent, bridge } = this;
    const isWanted = (state: State) => isDeepStrictEqual(comparable(state, bridge), wanted);
    await agent.settled("what the files say", isWanted).catch(async (late) => {
      assert.deepEqual(comparable(await agent.state(), bridge), wanted);
      throw late;
    });
  }

  /** Sends datagrams over IPv4 and IPv6, and checks that each comes once where it should, and nowhere else. */
  async expect({ from, to, seen, dns }: Way): Promise<void> {
    const places = [to, ...seen];
    const expected = [...this.#counters].map(([name, counter]) =>
      [counter, places.includes(name) ? 1 : 0] as const
    );
    const transport: Transport = {
      protocol: "udp",
      from: dns === "answer" ? DNS : DISCARD,
      to: dns === "question" ? DNS : DISCARD,
    };
    const [sender, receiver] = [this.pod(from), this.pod(to)];
    for (const version of VERSIONS) {
      const frame = { transport, checksum: "right" } as const;
      await expectFlow({ from: sender, to: receiver, version, frame }, expected);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#open.dispose();
    try {
      await this.agent.stop();
    } finally {
      await this.bridge[Symbol.asyncDispose]();
    }
  }
}
