/** What an agent costs that has nothing to do: memory, and time of a processor. @module */
import { delay } from "../../core/base/timer.ts";
import { SKIPPED } from "../../test/kubernetes/programs.ts";
import type { TestAgent } from "../../test/lab/agent.ts";
import { costsOf } from "../../test/lab/costs.ts";
import { BenchCluster } from "../cluster.ts";
import { BenchNode, type Size } from "../node.ts";
import type { Measured, Row } from "../row.ts";

/** Milliseconds: rounds that find nothing to do must be among them, and a clock tick is a hundredth of a second. */
const WATCHED = 40_000;
/** Milliseconds until what a start leaves behind is over: what is allocated, and the work of V8 to free it. */
const CALM = { memory: 10_000, processor: 45_000 } as const;

/** A node on which an agent can run. */
interface Node extends AsyncDisposable {
  agent(): Promise<TestAgent>;
}

async function memory(starting: Promise<Node>, goal: number): Promise<Measured> {
  await using node = await starting;
  await using agent = await node.agent();
  await delay(CALM.memory);
  return { ours: [(await costsOf(agent.pid)).rss], goal };
}

/** Per cent of the time that was watched. */
const partOf = (seconds: number) => 100 * seconds * 1000 / WATCHED;

async function processor(size: Size, goal: number): Promise<Measured> {
  await using node = await BenchNode.start(size);
  await using agent = await node.agent();
  await delay(CALM.processor);
  const { cpu: before } = await costsOf(agent.pid);
  await delay(WATCHED);
  return { ours: [partOf((await costsOf(agent.pid)).cpu - before)], goal };
}

const PODS = 250;
const SIZES = [0, 1000, 5000].map((controls): Size => ({ pods: PODS, controls }));

/** One row for each size. @param goals Megabytes for each of them. */
const memoryRows = (
  from: string,
  goals: readonly number[],
  start: (size: Size) => Promise<Node>,
): readonly Row[] =>
  SIZES.map((size, index) => ({
    name: `memory (RSS): ${size.controls} TrafficControls x ${PODS} Pods, ${from}`,
    unit: "MB",
    goal: `${goals[index]} MB`,
    point: { plot: "memory", line: from, controls: size.controls },
    measure: () => memory(start(size), goals[index]!),
  }));

export const IDLE: readonly Row[] = [
  ...memoryRows("from files", [75, 85, 130], BenchNode.start),
  ...memoryRows("from Kubernetes, in a Pod", [80, 90, 140], BenchCluster.start)
    .map((row) => ({ ...row, isSkipped: SKIPPED })),
  {
    name: "an agent that has nothing to do: 1,000 TrafficControls x 250 Pods",
    unit: "% of a core",
    goal: "0.3 %",
    measure: () => processor({ pods: PODS, controls: 1000 }, 0.3),
  },
];
