/** The program of `scripts/demo`: it starts three Pods, applies the examples, and counts packets. @module */
import { join } from "node:path";
import { formatTable } from "../core/cli/table.ts";
import { sluice, TestAgent } from "../test/lab/agent.ts";
import { PrivateOvs } from "../test/lab/ovs.ts";
import { EXAMPLES } from "../test/lab/paths.ts";
import { introduce, TestPod } from "../test/lab/pod.ts";
import { Counter, send } from "../test/lab/traffic.ts";
import { type Collector, collector } from "../test/lab/tunnel.ts";
import { SensorProcess } from "../test/sensors/sensor_process.ts";

const PODS = ["web", "db", "shop"] as const;
const REMOTE = "10.0.10.2";
const CONTROLS = [
  "mirror-all-to-remote",
  "mirror-db-to-local",
  "mirror-web-app",
  "redirect-prod-to-local",
];
/** Packets in each direction of a conversation. */
const PACKETS = 100;
const VXLAN_PORT = 4789;
/** Offset of the UDP destination port in a frame whose IPv4 header has no options, in bytes. */
const UDP_DESTINATION_OFFSET = 36;

type Pods = Record<typeof PODS[number], TestPod>;

async function attachPods(ovs: PrivateOvs): Promise<Pods> {
  const pods: Partial<Pods> = {};
  for (const [index, name] of PODS.entries()) {
    const number = index + 1;
    pods[name] = await TestPod.attach(ovs, name, {
      mac: `02:00:00:00:00:0${number}`,
      ips: [`10.9.0.${number}/24`],
    });
  }
  await introduce(...Object.values(pods));
  return pods as Pods;
}

async function startAgent(ovs: PrivateOvs): Promise<TestAgent> {
  const agent = await TestAgent.start(ovs);
  for await (const { name } of Deno.readDir(EXAMPLES)) await agent.copy(join(EXAMPLES, name));
  await agent.realized(...CONTROLS);
  return agent;
}

interface Seen {
  readonly sent: number;
  readonly received: number;
}

/** Both Pods send to each other. @returns The numbers of the packets. */
async function converse(a: TestPod, b: TestPod): Promise<number[]> {
  return [
    ...await send({ from: a, to: b, count: PACKETS }),
    ...await send({ from: b, to: a, count: PACKETS }),
  ];
}

/** What was sent, and how often it came to the counters. */
async function seen(ids: readonly number[], ...counters: readonly Counter[]): Promise<Seen> {
  const received = () => {
    for (const counter of counters) counter.look();
    return ids.reduce((sum, id) => counters.reduce((sum, at) => sum + at.count(id), sum), 0);
  };
  const deadline = performance.now() + 2000;
  while (received() < ids.length && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { sent: ids.length, received: received() };
}

const isVxlan = (frame: Uint8Array) =>
  (frame[UDP_DESTINATION_OFFSET]! << 8 | frame[UDP_DESTINATION_OFFSET + 1]!) === VXLAN_PORT;

interface Row extends Seen {
  readonly control: string;
  readonly collector: string;
}

/** Measures for each collector how many packets were sent and how many it received. */
async function measure(ovs: PrivateOvs, pods: Pods, far: Collector): Promise<Row[]> {
  const { web, db, shop } = pods;
  const local = (device: string) => new Counter(device, { netns: ovs.netns, device });
  using remote = new Counter("collector", { ...far, accepts: isVxlan });
  using ids = local("ids0");
  using sensor = local("tap0");
  using atShop = Counter.at(shop);
  using atDb = Counter.at(db);
  for (const pod of [web, db, shop]) await pod.ping("10.9.0.1", 1);
  const vxlan = await seen(await converse(web, db), remote);
  const mirror = await seen(await converse(web, db), ids);
  const through = await converse(db, shop);
  const inspected = await seen(through, sensor);
  const arrived = await seen(through, atShop, atDb);
  const pair = "redirect-prod-to-local";
  return [
    { control: "mirror-web-app", collector: `VXLAN to ${REMOTE}`, ...vxlan },
    { control: "mirror-db-to-local", collector: "internal port ids0", ...mirror },
    { control: pair, collector: "inline device at tap0", ...inspected },
    { control: pair, collector: "the Pods, after inspection", ...arrived },
  ];
}

const table = (rows: readonly Row[]) =>
  formatTable(
    ["TRAFFICCONTROL", "COLLECTOR", "SENT", "RECEIVED"],
    rows.map(({ control, collector, sent, received }) => [
      control,
      collector,
      String(sent),
      String(received),
    ]),
  );

/** @returns Whether every collector received exactly the packets that were sent. */
async function demo(): Promise<boolean> {
  console.log(
    "Starting a private Open vSwitch with three Pods: web, db and shop (namespace prod) ...",
  );
  await using ovs = await PrivateOvs.start();
  const pods = await attachPods(ovs);
  const far = await collector(ovs, [REMOTE]);
  console.log("Starting the agent on docs/examples/ ...\n");
  await using _agent = await startAgent(ovs);
  await using _sensor = await SensorProcess.start(ovs.netns, "tap0", "tap1");
  console.log((await sluice(ovs, "status")).stdout);
  const rows = await measure(ovs, pods, far);
  console.log(table(rows));
  return rows.every(({ sent, received }) => sent === received);
}

Deno.exit(await demo() ? 0 : 1);
