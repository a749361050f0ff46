/** What an agent costs that has nothing to do: memory, and time of a processor. @module */
import { delay } from "../../core/base/timer.ts";
import { costsOf } from "../../test/lab/costs.ts";
import { BenchNode, type Size } from "../node.ts";
import type { Measured, Row } from "../row.ts";

/** Milliseconds: rounds that find nothing to do must be among them. */
const WATCHED = 20_000;
/** Milliseconds until what a start leaves behind is over. */
const CALM = 10_000;

async function memory(size: Size, goal: number): Promise<Measured> {
  await using node = await BenchNode.start(size);
  await using agent = await node.agent();
  await delay(CALM);
  return { ours: [(await costsOf(agent.pid)).rss], goal };
}

async function processor(size: Size, goal: number): Promise<Measured> {
  await using node = await BenchNode.start(size);
  await using agent = await node.agent();
  await delay(CALM);
  const { cpu: before } = await costsOf(agent.pid);
  await delay(WATCHED);
  return { ours: [((await costsOf(agent.pid)).cpu - before) * 1e5 / WATCHED], goal };
}

const PODS = 250;
const MEMORY: readonly (readonly [controls: number, goal: number])[] = [
  [0, 75],
  [1000, 85],
  [5000, 130],
];

export const IDLE: readonly Row[] = [
  ...MEMORY.map(([controls, goal]): Row => ({
    name: `memory (RSS): ${controls} TrafficControls x ${PODS} Pods, from files`,
    unit: "MB",
    goal: `${goal} MB`,
    point: { plot: "memory", line: "files", controls },
    measure: () => memory({ pods: PODS, controls }, goal),
  })),
  {
    name: "an agent that has nothing to do: 1,000 TrafficControls x 250 Pods",
    unit: "% of a core",
    goal: "0.3 %",
    measure: () => processor({ pods: PODS, controls: 1000 }, 0.3),
  },
];
