/** A node with many redirects, each through a wire of its own, and an agent that probes the wires or does not. @module */
import { join } from "node:path";
import { app, internal, podObject, TestAgent, trafficControl } from "../test/lab/agent.ts";
import { costsOf } from "../test/lab/costs.ts";
import { PrivateOvs } from "../test/lab/ovs.ts";
import { run } from "../test/lab/run.ts";
import { podOf, realized } from "./node.ts";

/** Ports in one transaction of `ovs-vsctl`: its command line has an end. */
const BATCH = 250;

const podName = (index: number) => `p${index}`;
const pairOf = (index: number) => [`t${index}`, `r${index}`] as const;

/** Seconds of a processor. */
export interface Spent {
  readonly agent: number;
  readonly switch: number;
}

export class ProbedNode implements AsyncDisposable {
  private constructor(
    readonly ovs: PrivateOvs,
    readonly agent: TestAgent,
    readonly parts: AsyncDisposableStack,
  ) {}

  /**
   * @param pairs How many redirects there are. Each has one Pod and one wire.
   * @param probe What each has as `healthProbe`; without it, nothing is probed.
   */
  static async start(pairs: number, probe?: object): Promise<ProbedNode> {
    await using parts = new AsyncDisposableStack();
    const ovs = parts.use(await PrivateOvs.start());
    const all = Array.from({ length: pairs }, (_, index) => index);
    await attachPods(ovs, all);
    const agent = parts.use(await TestAgent.start(ovs));
    await agent.write("all.yaml", ...all.flatMap((index) => objectsOf(index, probe)));
    await realized(agent, pairs);
    await connect(ovs, all.map(pairOf));
    if (probe) {
      await agent.settled(
        "all wires up",
        ({ sensors }) => sensors.filter(({ state }) => state === "up").length === pairs,
      );
    }
    return new ProbedNode(ovs, agent, parts.move());
  }

  /** What agent and switch have spent so far. */
  async spent(): Promise<Spent> {
    const pid = await Deno.readTextFile(join(this.ovs.dir, "ovs-vswitchd.pid"));
    const [agent, vswitchd] = await Promise.all([costsOf(this.agent.pid), costsOf(Number(pid))]);
    return { agent: agent.cpu, switch: vswitchd.cpu };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.parts.disposeAsync();
  }
}

async function attachPods(ovs: PrivateOvs, all: readonly number[]): Promise<void> {
  for (let at = 0; at < all.length; at += BATCH) {
    const commands = all.slice(at, at + BATCH).flatMap((index) => [
      ...["--", "add-port", "br0", podName(index)],
      ...["--", "set", "interface", podName(index), "type=internal"],
    ]);
    await ovs.vsctl(...commands);
  }
}

function objectsOf(index: number, healthProbe?: object): object[] {
  const [target, back] = pairOf(index);
  const { mac, ip } = podOf(index);
  const spec = {
    appliedTo: app(podName(index)),
    direction: "Both",
    action: "Redirect",
    targetPort: internal(target),
    returnPort: internal(back),
    ...(healthProbe && { healthProbe }),
  };
  return [
    podObject({ name: podName(index), mac, ips: [ip] }, { app: podName(index) }),
    trafficControl(`tc${index}`, spec),
  ];
}

/** Connects the ports of each pair by a bridge of the kernel's that learns nothing. */
async function connect(
  ovs: PrivateOvs,
  pairs: readonly (readonly [string, string])[],
): Promise<void> {
  const commands = pairs.flatMap((ends, index) => [
    `link add name w${index} type bridge stp_state 0 mcast_snooping 0 ageing_time 0`,
    ...ends.flatMap((end) => [
      `link set dev ${end} master w${index}`,
      `link set dev ${end} type bridge_slave learning off`,
      `link set dev ${end} up`,
    ]),
    `link set dev w${index} up`,
  ]);
  await run("ip", ["-n", ovs.netns, "-batch", "-"], { stdin: `${commands.join("\n")}\n` });
}
