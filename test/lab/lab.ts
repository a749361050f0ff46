/** What most packet tests begin with: a bridge, Pods that know each other, counters at them, the agent. @module */
import { TestAgent } from "./agent.ts";
import { type OvsOptions, PrivateOvs } from "./ovs.ts";
import { introduce, type PodOptions, TestPod } from "./pod.ts";
import { Counter } from "./traffic.ts";

export class Lab implements AsyncDisposable {
  #counters: Counter[] = [];
  readonly pods: TestPod[] = [];

  private constructor(readonly ovs: PrivateOvs, readonly agent: TestAgent) {}

  /** Pods `p1`, `p2`, ... on `br0` with IPv4 and IPv6. @param args More of the agent's command line. */
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
      // NORMAL floods what is for a MAC that it has not seen yet.
      for (const pod of lab.pods) {
        await pod.ping(lab.pods.find((other) => other !== pod)?.ip() ?? "::1", 1);
      }
      return lab;
    } catch (error) {
      await ovs.stop();
      throw error;
    }
  }

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
  /** Counts what the switch sends into a device of its own namespace. */
  atDevice(device: string): Counter {
    return this.#keep(new Counter(device, { netns: this.ovs.netns, device }));
  }
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

/** NORMAL's MAC table: which MACs are on which port number. */
export async function macTable(ovs: PrivateOvs): Promise<Map<string, number>> {
  const text = await ovs.appctl("fdb/show", "br0");
  const rows = text.trim().split("\n").slice(1).map((line) => line.trim().split(/\s+/));
  return new Map(rows.map(([port, , mac]) => [mac!, Number(port)]));
}

/** Port numbers by name. */
export async function ofport(ovs: PrivateOvs, name: string): Promise<number> {
  return Number(await ovs.vsctl("get", "interface", name, "ofport"));
}

export interface FlowAge {
  /** Seconds since it was written. */
  readonly duration: number;
  readonly packets: number;
}

/** Flows of our own, learned ones left out, by what does not change by itself. */
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

/** What the switch says of packets that it dropped. */
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
 * Frames from a Pod that the kernel dropped as the switch, starved of time, did not read them: 270 wait at most. They
 * have not been sent, as far as anybody behind the socket is concerned.
 */
export async function unread(
  ovs: PrivateOvs,
  { name }: { readonly name: string },
): Promise<number> {
  const lines = (await sockets(ovs)).split("\n").filter((line) => line.includes(`*:${name} `));
  return lines.reduce((sum, line) => sum + Number(/,d(\d+)\)/.exec(line)?.[1] ?? 0), 0);
}
