/** A cluster of many nodes: one or two real agents, all other nodes only report. What it costs is measured. @module */
import assert from "node:assert/strict";
import { delay } from "../../core/api.ts";
import { app, internal, trafficControl } from "../lab/agent.ts";
import { costsOf } from "../lab/costs.ts";
import { eventually } from "../lab/ovs.ts";
import { ClusterNode } from "./cluster.ts";
import type { KubeApiServer } from "./kube_apiserver.ts";
import { LEASE, TC, TCN } from "./paths.ts";
import { StatusWriters } from "./status_writers.ts";

export interface ClusterSize {
  readonly nodes: number;
  readonly controls: number;
  /** Milliseconds for which nothing changes. */
  readonly idle: number;
}

/** What was measured. Sizes are in bytes, times in milliseconds. */
export interface Figures {
  /** Of the object of a node, as the API server gives it. */
  readonly size: number;
  /** Until the TrafficControl that is applied last is realized on all nodes. */
  readonly readyTime: number;
  /** Of nodes, because of that TrafficControl, and of its status. */
  readonly nodeWrites: number;
  readonly statusWrites: number;
  /** Of the leader: MB now and at most, and seconds of a processor for that TrafficControl. */
  readonly leader: { readonly rss: number; readonly peak: number; readonly cpu: number };
  /** Of the same agent, in MB, when it knew all TrafficControls and no other node reported. */
  readonly rssAlone: number;
  /** Seconds of a processor that the leader took from its start until all was told for the first time. */
  readonly firstCpu: number;
  /** While nothing changes: requests of nodes and writes of TrafficControls, and requests about the Lease in a second. */
  readonly idle: {
    readonly nodeRequests: number;
    readonly statusWrites: number;
    readonly leaseRequests: number;
  };
  /** What was written from the leader's end until its successor had led for some time. */
  readonly afterTakeover: { readonly nodeWrites: number; readonly statusWrites: number };
}

/** How long the cluster is without a leader. */
const LOST = 15_000;
/** Milliseconds after which nothing is under way any more. */
const CALM = 6000;
/** Milliseconds between two looks at all TrafficControls, which cost the server something. */
const LOOK = 1000;
const PATIENCE = 180_000;
const BATCH = 40;

export const mirror = (name: string) =>
  trafficControl(name, {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal("tap0"),
  });
/** Names as people give them: about 30 characters. */
const nameOf = (index: number) => `mirror-of-team-web-frontend-${index}`;

/** How many requests of these kinds the server has answered: `resource verb`, for example `leases GET`. */
async function requests(server: KubeApiServer): Promise<(pattern: RegExp) => number> {
  const text: string = await server.must("GET", "/metrics");
  const lines = text.split("\n").filter((line) => line.startsWith("apiserver_request_total{"));
  const counts = lines.map((line) => {
    const label = (name: string) => new RegExp(`[{,]${name}="([^"]*)"`).exec(line)?.[1];
    const what = `${label("resource")}/${label("subresource")} ${label("verb")}`;
    return [what, Number(line.split(" ").at(-1))] as const;
  });
  return (pattern) =>
    counts.filter(([what]) => pattern.test(what)).reduce((sum, [, count]) => sum + count, 0);
}
const NODE_WRITES = /^trafficcontrolnodestatuses\/ (APPLY|PATCH|PUT|POST)$/;
const STATUS_WRITES = /^trafficcontrols\/status /;
const NODE_REQUESTS = /^trafficcontrolnodestatuses\/ (?!WATCH)/;
const LEASES = /^leases\//;

async function readyOf(server: KubeApiServer): Promise<readonly (string | undefined)[]> {
  const { items } = await server.must("GET", TC);
  // deno-lint-ignore no-explicit-any -- TrafficControls
  return items.map(({ status }: any) => status?.conditions[0].status === "True" && status.ready);
}

async function holder(server: KubeApiServer): Promise<string | undefined> {
  return (await server.request("GET", LEASE)).body.spec?.holderIdentity?.split(" ")[0];
}

/** The settings of V8 in the binary and the image, which matter for memory: scripts/build. */
const AS_BUILT = { DENO_V8_FLAGS: "--max-semi-space-size=2,--expose-gc" };

const startAgent = (server: KubeApiServer, name: string) =>
  ClusterNode.start(server, 0, { name, ovs: { datapath: "dummy" }, env: AS_BUILT });

/** A cluster in which all TrafficControls are realized on all nodes. */
export interface Cluster {
  readonly server: KubeApiServer;
  readonly leader: ClusterNode;
  /** `READY` of a TrafficControl that is realized everywhere. */
  readonly all: string;
  /** See `Figures`. */
  readonly begun: Pick<Figures, "rssAlone" | "firstCpu">;
}

/** Starts a cluster, and uses it. */
export async function withManyNodes<T>(
  server: KubeApiServer,
  { nodes, controls }: Pick<ClusterSize, "nodes" | "controls">,
  use: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  for (let at = 0; at < controls; at += BATCH) {
    const some = Array.from({ length: Math.min(BATCH, controls - at) }, (_, index) => at + index);
    await Promise.all(some.map((index) => server.must("POST", TC, mirror(nameOf(index)))));
  }
  await using leader = await startAgent(server, "first");
  await eventually("a leader", async () => await holder(server) === "first", PATIENCE);
  const are = (expected: string) =>
    eventually(`all are ${expected}`, async () => {
      await delay(LOOK);
      return (await readyOf(server)).every((ready) => ready === expected);
    }, PATIENCE);
  await are("0/0");
  const { rss: rssAlone } = await costsOf(leader.agent.pid);
  await using _writers = await StatusWriters.start(server, nodes);
  const all = `${nodes}/${nodes}`;
  await are(all);
  await delay(CALM);
  const { cpu: firstCpu } = await costsOf(leader.agent.pid);
  return await use({ server, leader, all, begun: { rssAlone, firstCpu } });
}

/** Runs the cluster once, and measures it. */
export function measureCluster(server: KubeApiServer, size: ClusterSize): Promise<Figures> {
  return withManyNodes(server, size, async (cluster) => {
    const one = await measureOne(cluster);
    const { body } = await server.request("GET", `${TCN}/w0`);
    const idle = await measureIdle(server, size.idle);
    const afterTakeover = await takeOver(cluster);
    return { size: JSON.stringify(body).length, ...cluster.begun, ...one, idle, afterTakeover };
  });
}

/** Applies one TrafficControl, and measures what it costs. */
export async function measureOne({ server, leader: { agent: { pid } }, all }: Cluster) {
  const [before, costs] = [await requests(server), await costsOf(pid)];
  const begin = performance.now();
  await server.must("POST", TC, mirror("last"));
  await eventually("READY", async () => {
    const { status } = await server.must("GET", `${TC}/last`);
    return status?.ready === all && status.conditions[0].status === "True";
  }, PATIENCE);
  const readyTime = performance.now() - begin;
  await delay(CALM);
  const [after, { rss, peak, cpu }] = [await requests(server), await costsOf(pid)];
  return {
    readyTime,
    nodeWrites: after(NODE_WRITES) - before(NODE_WRITES),
    statusWrites: after(STATUS_WRITES) - before(STATUS_WRITES),
    leader: { rss, peak, cpu: cpu - costs.cpu },
  };
}

async function measureIdle(server: KubeApiServer, time: number) {
  const before = await requests(server);
  await delay(time);
  const after = await requests(server);
  const count = (pattern: RegExp) => after(pattern) - before(pattern);
  return {
    nodeRequests: count(NODE_REQUESTS),
    statusWrites: count(STATUS_WRITES),
    leaseRequests: count(LEASES) * 1000 / time,
  };
}

/** Kills the leader. Another agent starts later and takes over. */
async function takeOver({ server, leader }: Cluster) {
  await leader.agent.kill();
  const before = await requests(server);
  await delay(LOST);
  await using _second = await startAgent(server, "second");
  await eventually("another leader", async () => await holder(server) === "second", PATIENCE);
  await delay(2 * CALM); // It sums up after 5 to 8 s
  const after = await requests(server);
  const own = 1; // It writes the status of its own node once
  assert.equal((await server.request("GET", `${TCN}/second`)).status, 200);
  return {
    nodeWrites: after(NODE_WRITES) - before(NODE_WRITES) - own,
    statusWrites: after(STATUS_WRITES) - before(STATUS_WRITES),
  };
}

/** Bytes of the object of a node, at most. */
const MOST_BYTES = 32 * 1024;

/** Checks what holds for a cluster of any size. */
export function assertSmall({ nodes }: ClusterSize, figures: Figures): void {
  console.log(figures);
  assert.ok(figures.size <= MOST_BYTES, `${figures.size} bytes`);
  assert.equal(figures.nodeWrites, nodes, "each node writes once");
  const { nodeRequests, statusWrites } = figures.idle;
  assert.deepEqual({ nodeRequests, statusWrites }, { nodeRequests: 0, statusWrites: 0 });
  assert.deepEqual(figures.afterTakeover, { nodeWrites: 0, statusWrites: 0 });
}
