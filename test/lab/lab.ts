/** What most tests with packets need: a bridge, Pods with each other's MACs, counters at Pods, and an agent. @module */
import { TestAgent } from "./agent.ts";
import { type OvsOptions, PrivateOvs } from "./ovs.ts";
import { introduce, type PodOptions, TestPod } from "./pod.ts";
import { Counter } from "./traffic.ts";

/** A private switch with Pods and a running agent. Its end stops all of them. */
export class Lab implements AsyncDisposable {
  #counters: Counter[] = [];
  readonly pods: TestPod[] = [];

  private constructor(readonly ovs: PrivateOvs, readonly agent: TestAgent) {}

  /**
   * Starts a lab with the Pods `p1`, `p2`, ... on bridge `br0`, each with an IPv4 and an IPv6 address.
   *
   * @param options `args` are added to the agent's command line.
   */
  static async start(
    count: number,
    options: OvsOptions & { readonly args?: readonly string[] } = {},
  ): Promise<Lab> {
    const ovs = await PrivateOvs.start(options);
    try {
      const lab = new Lab(ovs, await TestAgent.start(ovs, options.args));
      await Promise.all(Array.from({ length: count }, (_, index) => lab.addPod(`p${index + 1}`)));
      lab.pods.sort((a, b) => a.name < b.name ? -1 : 1);
      await introduce(...lab.pods);
      // Each Pod sends once, because NORMAL floods packets to a MAC that it has not seen yet.
      for (const pod of lab.pods) {
        await pod.ping(lab.pods.find((other) => other !== pod)?.ip() ?? "::1", 1);
      }
      return lab;
    } catch (error) {
      await ovs.stop();
      throw error;
    }
  }

  /** Adds a Pod. Its addresses follow from the number at the end of its name. */
  async addPod(name: string, options: PodOptions = {}): Promise<TestPod> {
    const number = Number(/\d+$/.exec(name)?.[0]);
    const pod = await TestPod.attach(this.ovs, name, {
      ips: [`10.9.0.${number}/24`, `fd09::${number}/64`],
      mac: `02:aa:00:00:00:${number.toString(16).padStart(2, "0")}`,
      ...options,
    });
    this.pods.push(pod);
    return pod;
  }

  /** Counts what arrives at a Pod. */
  at(pod: TestPod): Counter {
    return this.#keep(Counter.at(pod));
  }
  /** Counts what the switch sends into a device in the switch's namespace. */
  atDevice(device: string): Counter {
    return this.#keep(new Counter(device, { netns: this.ovs.netns, device }));
  }
  /** Counts what arrives at a device of any namespace. */
  atPlace(name: string, place: { netns: string; device: string }): Counter {
    return this.#keep(new Counter(name, place));
  }
  #keep(counter: Counter): Counter {
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

/** The MAC table of the action NORMAL: the number of the port at which each MAC was seen. */
export async function macTable(ovs: PrivateOvs): Promise<Map<string, number>> {
  const text = await ovs.appctl("fdb/show", "br0");
  const rows = text.trim().split("\n").slice(1).map((line) => line.trim().split(/\s+/));
  return new Map(rows.map(([port, , mac]) => [mac!, Number(port)]));
}

/** The OpenFlow port number of a port. */
export async function ofport(ovs: PrivateOvs, name: string): Promise<number> {
  return Number(await ovs.vsctl("get", "interface", name, "ofport"));
}

export interface FlowAge {
  /** Seconds since it was written. */
  readonly duration: number;
  readonly packets: number;
}

/** Sluice's flows without learned ones. The key is the flow's text without numbers that change by themselves. */
export async function flowAges(ovs: PrivateOvs): Promise<Map<string, FlowAge>> {
  const dump = await ovs.ofctl("dump-flows", "br0");
  const ours = dump.split("\n").filter((flow) => /^ cookie=0x51ce0000/.test(flow));
  return new Map(ours.map((flow) => [
    flow.trim().replace(/ (duration|n_packets|n_bytes|idle_age)=[^ ]+/g, ""),
    {
      duration: Number(/duration=([\d.]+)s/.exec(flow)?.[1]),
      packets: Number(/n_packets=(\d+)/.exec(flow)?.[1]),
    },
  ]));
}

/** The switch's counters of dropped packets, as text for a failed test. */
export async function drops(ovs: PrivateOvs): Promise<string> {
  const counters = await ovs.appctl("coverage/show");
  const dropped = counters.split("\n").filter((line) => /drop/.test(line));
  return [...dropped, await sockets(ovs)].join("\n");
}

/** The switch's packet sockets, by device: ss(8), `skmem`. */
function sockets(ovs: PrivateOvs): Promise<string> {
  return ovs.exec("ss", "-0", "-n", "-m");
}

/**
 * Number of a Pod's frames that the kernel has dropped because the switch did not read its socket in time (at most 270
 * frames can wait there). The switch has never seen these frames, so a test must not count them as lost.
 */
export async function unread(
  ovs: PrivateOvs,
  { name }: { readonly name: string },
): Promise<number> {
  const lines = (await sockets(ovs)).split("\n").filter((line) => line.includes(`*:${name} `));
  return lines.reduce((sum, line) => sum + Number(/,d(\d+)\)/.exec(line)?.[1] ?? 0), 0);
}
