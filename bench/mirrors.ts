/** Pods whose packets are mirrored: by Sluice, and by what Open vSwitch itself has for that. @module */
import { join } from "node:path";
import { app, internal, podObject, TestAgent, trafficControl } from "../test/lab/agent.ts";
import { costsOf } from "../test/lab/costs.ts";
import { eventually, PrivateOvs } from "../test/lab/ovs.ts";
import { TestPod } from "../test/lab/pod.ts";
import { ipIn, run, spawnIn } from "../test/lab/run.ts";

/** The port that gets the copies. */
const TARGET = "ids0";

/** Two Pods on a switch of their own; what the first one sends and receives is mirrored. */
export class Mirrored implements AsyncDisposable {
  private constructor(
    readonly ovs: PrivateOvs,
    readonly pods: readonly [TestPod, TestPod],
    readonly parts: AsyncDisposableStack,
  ) {}

  static async start(mirror: (ovs: PrivateOvs, first: TestPod) => Promise<AsyncDisposable | void>) {
    await using parts = new AsyncDisposableStack();
    const ovs = parts.use(await PrivateOvs.start());
    const first = await TestPod.attach(ovs, "p1", { ips: ["10.9.0.1/24"] });
    const second = await TestPod.attach(ovs, "p2", { ips: ["10.9.0.2/24"] });
    await first.knows(second);
    await second.knows(first);
    const agent = await mirror(ovs, first);
    if (agent) parts.use(agent);
    const server = spawnIn(second.netns, ["iperf3", "-s"], { stderr: "null" });
    parts.defer(async () => {
      server.kill("SIGTERM");
      await server.status;
    });
    const mirrored = new Mirrored(ovs, [first, second], parts.move());
    await eventually("the first bytes", () => mirrored.send("1K").then(() => true, () => false));
    return mirrored;
  }

  /** Sends over TCP from the first Pod to the second one. @param bytes As iperf3 takes them. */
  async send(bytes: string): Promise<void> {
    const [{ netns }, second] = this.pods;
    await run("ip", ["netns", "exec", netns, "iperf3", "-c", second.ip(), "-n", bytes]);
  }

  /** Milliseconds of a processor that ovs-vswitchd has taken so far. */
  async processor(): Promise<number> {
    const pid = await Deno.readTextFile(join(this.ovs.dir, "ovs-vswitchd.pid"));
    return (await costsOf(Number(pid))).cpu * 1000;
  }

  /** How many flows the datapath has now for IPv4 packets between the Pods. */
  async megaflows(): Promise<number> {
    const dump = await this.ovs.appctl("dpctl/dump-flows");
    const isBetween = (flow: string) =>
      this.pods.every(({ mac }) => flow.includes(mac)) && flow.includes("eth_type(0x0800)");
    return dump.split("\n").filter(isBetween).length;
  }

  /** How many packets the port that gets the copies has got. */
  async copies(): Promise<number> {
    const stats = await this.ovs.ofctl("dump-ports", "br0", TARGET);
    return Number(/tx pkts=(\d+)/.exec(stats)![1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.parts[Symbol.asyncDispose]();
  }
}

/** A mirror by Sluice. */
export const bySluice = (ovs: PrivateOvs, first: TestPod) => mirrorWith({}, ovs, first);

/** How many rules `byRules` has. */
export const RULES = 20;

/** A mirror by Sluice whose last rule takes all that the others have left, so that all is copied and all rules are asked. */
export function byRules(ovs: PrivateOvs, first: TestPod): Promise<AsyncDisposable> {
  const others = Array.from({ length: RULES - 1 }, (_, index) => ({
    action: index % 2 === 0 ? "Skip" : "Include",
    protocol: index % 3 === 0 ? "UDP" : "TCP",
    peers: [{ ipBlock: { cidr: `10.20.${index}.0/24`, except: [`10.20.${index}.7/32`] } }],
    peerPorts: [{ port: 8000 + index }, { port: 9000, endPort: 9000 + index }],
  }));
  return mirrorWith({ rules: [...others, { action: "Include" }] }, ovs, first);
}

/** @param more Fields of the TrafficControl's spec. */
async function mirrorWith(
  more: Readonly<Record<string, unknown>>,
  ovs: PrivateOvs,
  { name, mac, ips }: TestPod,
): Promise<AsyncDisposable> {
  const agent = await TestAgent.start(ovs);
  await agent.write(
    "all.yaml",
    podObject({ name, mac, ips: ips.map((ip) => ip.split("/")[0]!) }, { app: "web" }),
    trafficControl("m", {
      appliedTo: app("web"),
      direction: "Both",
      action: "Mirror",
      targetPort: internal(TARGET),
      ...more,
    }),
  );
  await agent.settled("the mirror", ({ ports }) => ports.some((port) => port.name === TARGET));
  return agent;
}

/** A row of the table Mirror: ovs-vswitchd.conf.db(5). */
export async function byOvs(ovs: PrivateOvs, { name }: TestPod): Promise<void> {
  const record = [`--id=@port`, "get", "port", name, "--", "--id=@target", "get", "port", TARGET];
  const mirror = ["create", "mirror", "name=m", "select-src-port=@port", "select-dst-port=@port"];
  await ovs.vsctl("add-port", "br0", TARGET, "--", "set", "interface", TARGET, "type=internal");
  await ipIn(ovs.netns, "link", "set", TARGET, "up");
  await ovs.vsctl(
    ...["--", ...record, "--", "--id=@m", ...mirror, "output-port=@target"],
    ...["--", "set", "bridge", "br0", "mirrors=@m"],
  );
}
