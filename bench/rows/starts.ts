/**
 * From the start of the agent's process until everything is realized, as its log says: nobody asks it meanwhile. Beside a
 * cold start, the tools of Open vSwitch add the same ports and flows to a node that has neither.
 * @module
 */
import { join } from "node:path";
import { CLASS_MASK, OWN_COOKIE } from "../../core/base/marks.ts";
import { TestAgent } from "../../test/lab/agent.ts";
import { eventually, type PrivateOvs } from "../../test/lab/ovs.ts";
import { BenchNode, type Size } from "../node.ts";
import { type Measured, median, type Row } from "../row.ts";

/** Starts take seconds: fewer are enough. */
const PART = 4;
const few = (runs: number) => Math.max(1, Math.round(runs / PART));
/** How many times longer than the tools a cold start may take: reading and judging all objects is a part of it. */
const TIMES = 5;
/** A filter of `ovs-ofctl dump-flows` for the flows of Sluice. */
const OWN_FLOWS = `cookie=0x${OWN_COOKIE.toString(16)}/0x${CLASS_MASK.toString(16)}`;
/** Milliseconds. */
const PATIENCE = 600_000;

async function timed(what: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await what();
  return performance.now() - begin;
}

/** Waits until the log of an agent says of each TrafficControl of the node that it is realized. */
async function isRealized(agent: TestAgent, { controls }: Size): Promise<void> {
  let [seen, count] = [0, 0];
  await eventually("all realized", () => {
    for (; seen < agent.log.length; seen++) {
      if (agent.log[seen]!.includes(" TrafficControl realized ")) count++;
    }
    return count > controls;
  }, PATIENCE);
}

/** Starts an agent. @returns Milliseconds until everything is realized. */
async function start(node: BenchNode): Promise<number> {
  const begin = performance.now();
  await using agent = await TestAgent.start(node.ovs);
  await isRealized(agent, node.size);
  const took = performance.now() - begin;
  await node.ready(agent);
  return took;
}

/** The ports that an agent has made, and their numbers. */
async function madePorts(ovs: PrivateOvs): Promise<string[][]> {
  const columns = ["--bare", "--no-headings", "--format=csv", "--columns=name,ofport"];
  const found = await ovs.vsctl(...columns, "find", "interface", "type=internal");
  return found.trim().split("\n").map((line) => line.split(",")).filter(([name]) => name !== "br0");
}

/** Adds to a node, by one ovs-vsctl and one ovs-ofctl, what an agent has made on another node. */
async function byTools({ ovs: made }: BenchNode, size: Size): Promise<number> {
  await using node = await BenchNode.start(size);
  const { ovs } = node;
  const commands = (await madePorts(made)).flatMap(([name = "", ofport]) => [
    ...["--", "add-port", "br0", name],
    ...["--", "set", "interface", name, "type=internal", `ofport_request=${ofport}`],
  ]);
  const flows = await made.ofctl("--no-names", "--no-stats", "dump-flows", "br0", OWN_FLOWS);
  const file = join(ovs.dir, "flows");
  await Deno.writeTextFile(
    file,
    flows.split("\n").filter((line) => /actions=/.test(line)).join("\n"),
  );
  return await timed(async () => {
    await ovs.vsctl(...commands);
    await ovs.ofctl("--bundle", "add-flows", "br0", file);
  });
}

async function cold(size: Size, goal: number, runs: number): Promise<Measured> {
  const [ours, peer]: [number[], number[]] = [[], []];
  for (let run = 0; run < few(runs); run++) {
    await using node = await BenchNode.start(size);
    ours.push(await start(node));
    peer.push(await byTools(node, size));
  }
  return { ours, peer, goal: Math.min(goal, TIMES * median(peer)) };
}

async function again(size: Size, goal: number, runs: number): Promise<Measured> {
  await using node = await BenchNode.start(size);
  await start(node);
  const ours: number[] = [];
  for (let run = 0; run < few(runs); run++) ours.push(await start(node));
  return { ours, goal };
}

interface Start {
  readonly size: Size;
  /** Milliseconds. */
  readonly cold: number;
  readonly again: number;
}
const SIZES: readonly Start[] = [
  { size: { pods: 250, controls: 1000 }, cold: 1000, again: 500 },
  { size: { pods: 5000, controls: 5000 }, cold: 3500, again: 1000 },
];

const sized = ({ pods, controls }: Size) => `${controls} TrafficControls x ${pods} Pods`;

export const STARTS: readonly Row[] = SIZES.flatMap(({ size, ...goals }): Row[] => [
  {
    name: `cold start: ${sized(size)}`,
    unit: "ms",
    peer: "one ovs-vsctl and one ovs-ofctl",
    goal: `${goals.cold} ms and ${TIMES} x`,
    measure: (runs) => cold(size, goals.cold, runs),
  },
  {
    name: `restart with nothing to do: ${sized(size)}`,
    unit: "ms",
    goal: `${goals.again} ms`,
    measure: (runs) => again(size, goals.again, runs),
  },
]);
