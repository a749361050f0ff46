/**
 * A private OVN for one test: databases, ovn-northd, two chassis with a private Open vSwitch and an ovn-controller each,
 * connected by geneve, the logical network of `topology.ts`, and Pods on it. @module
 */
import { join } from "node:path";
import { eventually } from "../lab/ovs.ts";
import { Central } from "./central.ts";
import { Chassis } from "./chassis.ts";
import { OvnPod, type PodSpec } from "./ovn_pod.ts";
import { ovnPrograms } from "./programs.ts";
import {
  balanceCommands,
  type Balancing,
  gatewayOf,
  networkCommands,
  portCommands,
} from "./topology.ts";

export interface OvnOptions {
  /** Pods that are there from the start. Others can come later. */
  readonly pods?: readonly PodSpec[];
  /** The release of Debian whose OVN is used; if absent, the one that SLUICE_OVN names, or the machine's. */
  readonly release?: string;
}

/** Their names and underlay addresses. */
const CHASSIS = [{ name: "node1", address: "172.31.0.1" }, {
  name: "node2",
  address: "172.31.0.2",
}] as const;

export class OvnLab implements AsyncDisposable {
  readonly pods = new Map<string, OvnPod>();
  #lastNumber = 0;

  private constructor(
    readonly central: Central,
    readonly chassis: readonly [Chassis, Chassis],
  ) {}

  /** Starts all of it. When it returns, every Pod can be reached. */
  static async start({ pods = [], release }: OvnOptions = {}): Promise<OvnLab> {
    const programs = await ovnPrograms(release);
    const chassis = await startAll(CHASSIS.map((each) => Chassis.start({ ...each, programs })));
    let central: Central | undefined;
    try {
      const [one, other] = chassis as [Chassis, Chassis];
      const folder = join(one.ovs.dir, "central");
      await Deno.mkdir(folder);
      central = await Central.start(folder, one.ovs.netns, programs);
      const lab = new OvnLab(central, [one, other]);
      await Promise.all([lab.nbctl(...networkCommands(one.name)), Chassis.connect(one, other)]);
      await Promise.all(chassis.map((each) => each.join(lab.central.remote("sb"))));
      await Promise.all(pods.map((pod) => lab.#attach(pod)));
      await lab.sync();
      return lab;
    } catch (error) {
      await endAll(central, chassis);
      throw error;
    }
  }

  /** A Pod, by its name. */
  pod(name: string): OvnPod {
    const pod = this.pods.get(name);
    if (!pod) throw new Error(`Cannot find Pod "${name}": there is none in this OVN`);
    return pod;
  }

  /** Runs ovn-nbctl(8). */
  nbctl(...args: readonly string[]): Promise<string> {
    return this.central.nbctl(...args);
  }
  /** Runs ovn-sbctl(8). */
  sbctl(...args: readonly string[]): Promise<string> {
    return this.central.sbctl(...args);
  }

  /** Waits until every chassis has done what the northbound database says, and OVN has taken every Pod's interface. */
  async sync(): Promise<void> {
    await Promise.all([...this.pods.values()].map((pod) => pod.installed()));
    await this.nbctl("--wait=hv", "sync");
    await eventually("tunnels between the chassis", async () => {
      const counts = await Promise.all(this.chassis.map(countTunnels));
      return counts.every((count) => count === this.chassis.length - 1);
    });
  }

  /** Adds a Pod while all is running. When it returns, the Pod can be reached. */
  async addPod(spec: PodSpec): Promise<OvnPod> {
    const pod = await this.#attach(spec);
    await this.sync();
    return pod;
  }

  async #attach(spec: PodSpec): Promise<OvnPod> {
    const pod = OvnPod.of(spec, ++this.#lastNumber);
    this.pods.set(spec.name, pod);
    await this.nbctl(...portCommands(pod.logicalPort));
    await pod.attach(this.chassis[spec.chassis].ovs);
    return pod;
  }

  /** Removes a Pod as its CNI does: first its interface, then its logical port. */
  async removePod(name: string): Promise<void> {
    const pod = this.pod(name);
    this.pods.delete(name);
    await pod.pod.remove();
    await this.nbctl("lsp-del", pod.logicalPort.name);
    await this.sync();
  }

  /** Has the load balancer share out what comes to a port of its address. */
  async balance(balancing: Balancing): Promise<void> {
    await this.nbctl(...balanceCommands(balancing));
    await this.sync();
  }

  /** Where a Pod sends packets to another one: to it if both are on one switch, otherwise to the router. */
  route(from: OvnPod, to: OvnPod): { readonly mac: string; readonly ips: readonly string[] } {
    const { mac } = from.spec.on === to.spec.on ? to.pod : gatewayOf(from.spec.on);
    return { mac, ips: to.pod.ips };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return endAll(this.central, this.chassis);
  }
}

/** Waits for all, also if one fails, so that none of them is left. */
async function startAll(starting: readonly Promise<Chassis>[]): Promise<Chassis[]> {
  const settled = await Promise.allSettled(starting);
  const started = settled.flatMap((each) => each.status === "fulfilled" ? [each.value] : []);
  const failed = settled.find((each) => each.status === "rejected");
  if (!failed) return started;
  await endAll(undefined, started);
  throw failed.reason;
}

/** The folder of the central part is in that of the first chassis. */
async function endAll(central: Central | undefined, chassis: readonly Chassis[]): Promise<void> {
  await central?.stop();
  const ended = await Promise.allSettled(chassis.map((each) => each.stop()));
  for (const each of ended) if (each.status === "rejected") throw each.reason;
}

async function countTunnels({ ovs }: Chassis): Promise<number> {
  const names = await ovs.vsctl("--bare", "--columns=ofport", "find", "interface", "type=geneve");
  return names.split("\n").filter((ofport) => Number(ofport) > 0).length;
}
