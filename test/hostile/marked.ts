/** A bridge on which a CNI has marked the ports of Pods, and tenants who write annotations of their own Pods. @module */
import { app, internal, trafficControl } from "../lab/agent.ts";
import { Lab } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { PLUGINS } from "../lab/paths.ts";
import type { TestPod } from "../lab/pod.ts";
import { type Counter, expectCounts, type Expected, send } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";

export type Annotations = Readonly<Record<string, string>>;
type Labels = Readonly<Record<string, string>>;

/** Writes keys of `external_ids` as a CNI does. */
export type Mark = (lab: Lab, pod: TestPod) => Promise<void>;

const address = (ip: string) => ip.split("/")[0]!;

export const markedAs =
  (table: "port" | "interface", keys: (pod: TestPod) => Labels): Mark => async (lab, pod) => {
    const ids = Object.entries(keys(pod)).map(([key, value]) => `external_ids:${key}="${value}"`);
    await lab.ovs.vsctl("set", table, pod.name, ...ids);
  };

/** As Antrea marks the first interface of a Pod. */
export const antrea = markedAs("port", ({ name, mac, ips }) => ({
  "antrea-type": "container",
  "container-id": name,
  "pod-name": name,
  "pod-namespace": "default",
  "attached-mac": mac,
  "ip-address": ips.map(address).join(","),
}));

/** As ovs-cni marks a port. The UID of a Pod is its name. */
export const ovsCNI = markedAs("port", ({ name }) => ({
  owner: "ovs-cni.network.kubevirt.io",
  contPodUid: name,
  contIface: "net1",
}));

/** What Multus writes on a Pod. */
export const networkStatus = (mac: string, ips: readonly string[] = []): Annotations => ({
  "k8s.v1.cni.cncf.io/network-status": JSON.stringify([
    { name: "default/net1", interface: "net1", mac, ips },
  ]),
});

export interface Told {
  readonly pod: TestPod;
  readonly labels?: Labels;
  readonly annotations?: Annotations;
  /** If absent, the name of the port. */
  readonly name?: string;
  readonly uid?: string;
  /** Its `creationTimestamp`; a Pod without one counts as older. */
  readonly made?: string;
}

/** The Pod as its API object, without any annotation of Sluice. */
export function told(
  { pod, labels = {}, annotations = {}, name = pod.name, uid = pod.name, made }: Told,
) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      uid,
      labels,
      annotations,
      ...(made && { creationTimestamp: made }),
    },
    status: { podIPs: pod.ips.map((ip) => ({ ip: address(ip) })) },
  };
}

const control = (name: string, more: object) =>
  trafficControl(name, { appliedTo: app(name), direction: "Both", ...more });

/** The TrafficControls of the operator, by the value of the label `app` that they select. */
export const CONTROLS = [
  control("inspected", {
    action: "Redirect",
    targetPort: internal("tap0"),
    returnPort: internal("tap1"),
  }),
  control("dropped", { action: "Drop" }),
  control("seen", { action: "Mirror", targetPort: internal("ids0") }),
];

/** How often each packet comes to its receiver, and to each device. */
interface Places {
  readonly arrive?: 0 | 1;
  readonly at: Readonly<Record<string, 0 | 1>>;
}

/** Packets in each direction. */
export const COUNT = 50;

export class MarkedLab implements AsyncDisposable {
  #turn = 0;

  private constructor(readonly lab: Lab) {}

  /** Starts a lab with four Pods, whose ports have marks. @param args Are added to the agent's command line. */
  static async start(mark: Mark, ...args: readonly string[]): Promise<MarkedLab> {
    const lab = await Lab.start(4, { args: ["--plugins", PLUGINS, ...args] });
    try {
      for (const pod of lab.pods) await mark(lab, pod);
      await lab.agent.write("tc.yaml", ...CONTROLS);
      const marked = new MarkedLab(lab);
      const [one, other] = marked.pods;
      const labels = [{ app: "inspected" }, { app: "seen" }];
      await marked.tell({ pod: one, labels: labels[0]! }, { pod: other, labels: labels[1]! });
      await bridgeWire(lab.ovs, ["tap0", "tap1"]);
      await eventually("the wire", async () => (await one.ping(other.ip(), 1)).received === 1);
      return marked;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pods(): readonly [TestPod, TestPod, TestPod, TestPod] {
    return this.lab.pods as unknown as [TestPod, TestPod, TestPod, TestPod];
  }

  /** From now on these are the Pods. It waits until the agent has read them, and done what follows from them. */
  async tell(...pods: readonly Told[]): Promise<void> {
    await this.write(...pods);
    await this.known();
  }

  /** Writes the Pods, and with them a sign: where it is known, they are, too. */
  async write(...pods: readonly Told[]): Promise<void> {
    const sign = trafficControl(`turn-${++this.#turn}`, {
      appliedTo: app("nobody"),
      direction: "Both",
      action: "Mirror",
      targetPort: internal("ids9"),
    });
    await this.lab.agent.write("pods.yaml", ...pods.map(told), sign);
  }

  /** Waits until the agent knows the Pods that were written last. */
  async known(): Promise<void> {
    const turn = `turn-${this.#turn}`;
    await this.lab.agent.settled(
      turn,
      ({ trafficControls }) => trafficControls.some(({ name }) => name === turn),
    );
  }

  /** Sends packets from one Pod to another and back, and checks how often each came to each place. */
  async expect([one, other]: readonly [TestPod, TestPod], places: Places): Promise<void> {
    await this.expectOneWay([one, other], places);
    await this.expectOneWay([other, one], places);
  }

  async expectOneWay(
    [from, to]: readonly [TestPod, TestPod],
    { arrive = 1, at }: Places,
  ): Promise<void> {
    const places: Expected = Object.entries(at).map(([device, times]) =>
      [this.#atDevice(device), times] as const
    );
    const expected: Expected = [[this.#atPod(to), arrive], ...places];
    await expectCounts(await send({ from, to, count: COUNT }), expected);
  }

  readonly #counters = new Map<string, Counter>();
  #atDevice(device: string): Counter {
    return this.#counters.getOrInsertComputed(device, () => this.lab.atDevice(device));
  }
  #atPod(pod: TestPod): Counter {
    return this.#counters.getOrInsertComputed(`pod ${pod.name}`, () => this.lab.at(pod));
  }

  /** The conditions that a TrafficControl has, by their reasons. */
  async reasons(name: string): Promise<string[]> {
    const { trafficControls } = await this.lab.agent.state();
    return trafficControls.find((each) => each.name === name)!.conditions.map(({ reason }) =>
      reason
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.lab[Symbol.asyncDispose]();
  }
}
