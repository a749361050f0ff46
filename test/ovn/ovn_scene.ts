/** An OVN with an agent on its first chassis: applies TrafficControls, selects Pods, and counts numbered packets. @module */
import { app, internal, TestAgent, trafficControl } from "../lab/agent.ts";
import { eventually, type PrivateOvs } from "../lab/ovs.ts";
import { Counter, expectCounts, type Flow, send } from "../lab/traffic.ts";
import { bridgeWire, rewire } from "../lab/wire.ts";
import { BRIDGE, type Chassis } from "./chassis.ts";
import { OvnLab } from "./ovn_lab.ts";
import type { OvnPod, PodSpec } from "./ovn_pod.ts";

export const ACTIONS = ["Mirror", "Redirect"] as const;
export type Action = typeof ACTIONS[number];
/** Where the packets come that a TrafficControl copies or redirects. */
export const SENSORS = { Mirror: "ids0", Redirect: "tap0" } as const;
/** The two ends of a redirect's inline device. */
const PAIR = [SENSORS.Redirect, "tap1"] as const;

/** Pods on both chassis and on all switches: the usual ones. `f` has the same place as `b`. */
export const PODS = [
  { name: "a", chassis: 0, on: "left" },
  { name: "b", chassis: 0, on: "left" },
  { name: "c", chassis: 0, on: "right" },
  { name: "d", chassis: 1, on: "left" },
  { name: "e", chassis: 1, on: "right" },
  { name: "f", chassis: 0, on: "left" },
] as const satisfies readonly PodSpec[];

/** Milliseconds in which the agent's process starts, also on a machine that does much else. */
const START_TIMEOUT = 40_000;

type Fields = Readonly<Record<string, unknown>>;

/** A TrafficControl of both directions for the selected Pods. @param more Other fields of its `spec`. */
export function control(action: Action, more: Fields = {}, name = "t"): object {
  return trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action,
    targetPort: internal(SENSORS[action]),
    ...(action === "Redirect" && { returnPort: internal(PAIR[1]) }),
    ...more,
  });
}

/** Packets from one Pod to another, and how often each of them must come to the sensor and to the other Pod. */
export interface Way {
  readonly from: string;
  readonly to: string;
  readonly seen: number;
  /** 1 if absent. */
  readonly arrived?: number;
  readonly count?: number;
  /** Other Pods to which each packet must come so often. */
  readonly others?: Readonly<Record<string, number>>;
  readonly flow?: Partial<Flow>;
}

export class OvnScene implements AsyncDisposable {
  #isWired = false;
  #action: Action = "Mirror";

  private constructor(readonly ovn: OvnLab, readonly agent: TestAgent) {}

  static async start(pods: readonly PodSpec[] = PODS): Promise<OvnScene> {
    const ovn = await OvnLab.start({ pods });
    try {
      const agent = await TestAgent.start(ovn.chassis[0].ovs, ["--bridge", BRIDGE]);
      await eventually(
        "an agent",
        async () => (await agent.get("/readyz")).text !== "",
        START_TIMEOUT,
      );
      return new OvnScene(ovn, agent);
    } catch (error) {
      await ovn[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The chassis that the agent works on. */
  get chassis(): Chassis {
    return this.ovn.chassis[0];
  }
  get ovs(): PrivateOvs {
    return this.chassis.ovs;
  }
  /** Where the copies, or the redirected packets, come. */
  get sensor(): string {
    return SENSORS[this.#action];
  }

  pod(name: string): OvnPod {
    return this.ovn.pod(name);
  }

  /** Applies one TrafficControl, in place of the one before, to these Pods: each has a name of one letter. */
  async apply(action: Action, selected: string, more: Fields = {}): Promise<void> {
    await this.agent.write("tc.yaml", control(action, more));
    await this.select(selected);
    this.#action = action;
    if (action === "Redirect") await this.wire();
    await this.#reached(selected);
  }

  /** Open vSwitch loses packets from other chassis for a moment while it adds ports, also without Sluice. */
  async #reached(selected: string): Promise<void> {
    const pods = [...this.ovn.pods.values()];
    const remote = pods.filter(({ spec }) => spec.chassis !== 0);
    const [{ pod: local }] = pods.filter(({ spec: { chassis, name } }) =>
      chassis === 0 && !selected.includes(name)
    ) as [OvnPod];
    for (const { pod } of remote) {
      await eventually("answers from the other chassis", async () => {
        const { sent, received } = await local.ping(pod.ip());
        return sent === received;
      });
    }
  }

  /** Connects the ends of the redirect's device by a wire; again, if they were made anew. */
  async wire(): Promise<void> {
    if (this.#isWired) await rewire(this.ovs, PAIR);
    else await bridgeWire(this.ovs, PAIR);
    this.#isWired = true;
  }

  /** Selects these Pods of the agent's chassis, and no others. */
  async select(selected: string): Promise<void> {
    const local = [...this.ovn.pods.values()].filter(({ spec }) => spec.chassis === 0);
    const objects = local.map((pod) =>
      pod.object({ app: selected.includes(pod.spec.name) ? "web" : "db" })
    );
    await this.agent.write("pods.yaml", ...objects);
    await this.agent.settled(
      `"${selected}" selected`,
      ({ trafficControls: [only, ...more] }) =>
        more.length === 0 && only?.realized === true && only.pods.length === selected.length,
    );
  }

  /** Counts what comes to a device of the switch. */
  at(device: string): Counter {
    return new Counter(device, { netns: this.ovs.netns, device });
  }

  /** Sends packets, and checks how often each of them comes. */
  async expect({ from, to, seen, arrived = 1, count = 40, others = {}, flow }: Way): Promise<void> {
    const [one, other] = [this.pod(from), this.pod(to)];
    using open = new DisposableStack();
    const sensor = open.use(this.at(this.sensor));
    const there = open.use(Counter.at(other.pod));
    const elsewhere = Object.entries(others).map(([name, times]) =>
      [open.use(Counter.at(this.pod(name).pod)), times] as const
    );
    const ids = await send({ from: one.pod, to: this.ovn.route(one, other), count, ...flow });
    await expectCounts(ids, [[sensor, seen], [there, arrived], ...elsewhere]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.agent.stop();
    } finally {
      await this.ovn[Symbol.asyncDispose]();
    }
  }
}
