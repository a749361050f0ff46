/** A node for the bench: a private Open vSwitch without devices, Pods on its bridge, and an agent with manifests. @module */
import { join } from "node:path";
import { stringify } from "yaml";
import { app, internal, podObject, TestAgent, trafficControl } from "../test/lab/agent.ts";
import { eventually, PrivateOvs } from "../test/lab/ovs.ts";

/** The size of a node. Each TrafficControl selects one of the groups of Pods. */
export interface Size {
  readonly pods: number;
  readonly controls: number;
}
export const GROUPS = 50;
/** Pods that only the event selects. */
const EVENT_APP = "event";
/** Ports in one transaction of `ovs-vsctl`: its command line has an end. */
const BATCH = 250;
/** For one batch of ports. */
const MOST_SECONDS = 60;
/** Milliseconds. */
const PATIENCE = 600_000;

const hex = (byte: number) => byte.toString(16).padStart(2, "0");
/** The last two bytes of the addresses of a Pod. */
const bytesOf = (index: number) => [index >> 8, index & 255];

/** The group of a Pod; also the one that a TrafficControl selects. */
export const groupOf = (index: number) => `g${index % GROUPS}`;
export const pod = (index: number, label: string) => {
  const { mac, ip } = podOf(index);
  return podObject({ name: `p${index}`, mac, ips: [ip] }, { app: label });
};

export const mirror = (name: string, group: string, target: string) =>
  trafficControl(name, {
    appliedTo: app(group),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(target),
  });

/** The label `app` of a Pod, and its addresses. */
export const podOf = (index: number) => ({
  app: groupOf(index),
  mac: ["02:bb:00:00", ...bytesOf(index).map(hex)].join(":"),
  ip: ["10.7", ...bytesOf(index)].join("."),
});

/** One of many TrafficControls, each of which selects one of the groups. */
export const controlOf = (index: number) =>
  mirror(`tc${index}`, groupOf(index), `ids${index % GROUPS}`);

/** Waits until an agent has realized so many TrafficControls. */
export async function realized(agent: TestAgent, count: number): Promise<void> {
  await eventually("all realized", async () => {
    if ((await agent.get("/readyz")).status !== 200) return false;
    const { trafficControls } = await agent.state();
    return trafficControls.filter(({ realized }) => realized).length >= count;
  }, PATIENCE);
}

export class BenchNode implements AsyncDisposable {
  private constructor(readonly ovs: PrivateOvs, readonly size: Size) {}

  /** Starts the switch with the ports of all Pods, and writes the manifests. No agent runs yet. */
  static async start(size: Size): Promise<BenchNode> {
    const ovs = await PrivateOvs.start({ datapath: "dummy" });
    const node = new BenchNode(ovs, size);
    try {
      await node.#attach();
      await node.#write();
      return node;
    } catch (error) {
      await ovs.stop();
      throw error;
    }
  }

  get #manifests(): string {
    return join(this.ovs.dir, "manifests");
  }

  /** One Pod more than the size says is there for the event, and one keeps the port that the event uses. */
  async #attach(): Promise<void> {
    const names = Array.from({ length: this.size.pods + 2 }, (_, index) => `p${index}`);
    for (let at = 0; at < names.length; at += BATCH) {
      const some = names.slice(at, at + BATCH);
      await this.ovs.vsctl(
        `--timeout=${MOST_SECONDS}`, // the more ports there are, the longer a new one takes
        ...some.flatMap((name, index) => [...(index ? ["--"] : []), "add-port", "br0", name]),
      );
    }
  }

  async #write(): Promise<void> {
    const { pods, controls } = this.size;
    await Deno.mkdir(this.#manifests);
    const objects = [
      pod(0, "keep"),
      pod(1, EVENT_APP),
      mirror("keep", "keep", "ids0"),
      ...Array.from({ length: pods }, (_, index) => pod(index + 2, groupOf(index))),
      ...Array.from({ length: controls }, (_, index) => controlOf(index)),
    ];
    const text = objects.map((each) => stringify(each)).join("---\n");
    await Deno.writeTextFile(join(this.#manifests, "all.yaml"), text);
  }

  /** Starts an agent, and waits until everything is in the switch. */
  async agent(): Promise<TestAgent> {
    const agent = await TestAgent.start(this.ovs);
    try {
      await this.ready(agent);
      return agent;
    } catch (error) {
      await agent.stop();
      throw error;
    }
  }

  /** Waits until the agent has realized everything. */
  ready(agent: TestAgent): Promise<void> {
    return realized(agent, this.size.controls + 1);
  }

  /** Closes a file with the TrafficControl of the event. */
  async begin(): Promise<void> {
    const file = join(this.#manifests, "event.yaml");
    await Deno.writeTextFile(`${file}.new`, stringify(mirror("event", EVENT_APP, "ids0")));
    await Deno.rename(`${file}.new`, file);
  }
  /** Deletes it again. */
  end(): Promise<void> {
    return Deno.remove(join(this.#manifests, "event.yaml"));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.ovs.stop();
  }
}
