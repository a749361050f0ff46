/** Two bridges, Pods with NICs on one or both, and one agent that works on both. @module */
import { TestAgent } from "../lab/agent.ts";
import { PrivateOvs } from "../lab/ovs.ts";
import { introduce, TestPod } from "../lab/pod.ts";
import { Counter } from "../lab/traffic.ts";

export const BRIDGES = ["br0", "br1"] as const;
export const ON_BOTH = BRIDGES.flatMap((bridge) => ["--bridge", bridge]);

/** A NIC, as ovs-cni marks it. Its addresses follow from its number. */
interface Nic {
  readonly uid: string;
  readonly bridge: string;
  readonly number: number;
}

/** Two bridges; on each one a NIC of Pod `web`, and one of another Pod. */
export class TwoBridges implements AsyncDisposable {
  readonly #counters: Counter[] = [];
  /** NICs by their names: `web0` is that of Pod `web` on `br0`. */
  readonly nics = new Map<string, TestPod>();
  agent!: TestAgent;

  private constructor(readonly ovs: PrivateOvs) {}

  /** @param args Are added to the agent's command line. */
  static async start(args: readonly string[] = ON_BOTH): Promise<TwoBridges> {
    const world = new TwoBridges(await PrivateOvs.start({ bridges: BRIDGES }));
    try {
      world.agent = await TestAgent.start(world.ovs, args);
      for (const [index, bridge] of BRIDGES.entries()) await world.#attachAll(bridge, index);
      return world;
    } catch (error) {
      await world.ovs.stop();
      throw error;
    }
  }

  async #attachAll(bridge: string, index: number): Promise<void> {
    const web = await this.attach(`web${index}`, { uid: "web", bridge, number: 10 * index + 1 });
    const other = await this.attach(`other${index}`, {
      uid: `other${index}`,
      bridge,
      number: 10 * index + 2,
    });
    await introduce(web, other);
    await web.ping(other.ip(), 1); // NORMAL floods packets to a MAC that it has not seen yet
    await other.ping(web.ip(), 1);
  }

  async attach(name: string, { uid, bridge, number }: Nic): Promise<TestPod> {
    const nic = await TestPod.attach(this.ovs, name, {
      bridge,
      ips: [`10.9.0.${number}/24`],
      mac: `02:aa:00:00:00:${String(number).padStart(2, "0")}`,
    });
    await this.mark(name, uid);
    this.nics.set(name, nic);
    return nic;
  }

  /** Marks a port as ovs-cni does. */
  async mark(name: string, uid: string): Promise<void> {
    const ids = { owner: "ovs-cni.network.kubevirt.io", contPodUid: uid, contIface: name };
    const settings = Object.entries(ids).map(([key, value]) => `external_ids:${key}=${value}`);
    await this.ovs.vsctl("set", "port", name, ...settings);
  }

  /** The Kubernetes object of a Pod with these NICs, as Multus describes them. */
  pod(name: string, nics: readonly string[], labels: Record<string, string> = {}): object {
    const status = nics.map((nic) => ({ interface: nic, mac: this.nics.get(nic)!.mac }));
    const annotations = { "k8s.v1.cni.cncf.io/network-status": JSON.stringify(status) };
    const metadata = { name, namespace: "default", uid: name, labels, annotations };
    return { apiVersion: "v1", kind: "Pod", metadata };
  }

  nic(name: string): TestPod {
    return this.nics.get(name)!;
  }

  /** Counts what arrives at a NIC. */
  at(name: string): Counter {
    return this.keep(Counter.at(this.nic(name)));
  }
  atPlace(name: string, place: { netns: string; device: string }): Counter {
    return this.keep(new Counter(name, place));
  }
  keep(counter: Counter): Counter {
    this.#counters.push(counter);
    return counter;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const counter of this.#counters) counter[Symbol.dispose]();
    try {
      await this.agent.stop();
    } finally {
      await this.ovs.stop();
    }
  }
}
