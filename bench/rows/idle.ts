/** What an agent costs that has nothing to do: memory, and time of a processor. @module */
import { delay } from "../../core/base/timer.ts";
import { BenchNode, type Size } from "../node.ts";
import type { Measured, Row } from "../row.ts";

/** Clock ticks per second: sysconf(3), `_SC_CLK_TCK`. */
const TICKS = 100;
/** Milliseconds: rounds that find nothing to do must be among them. */
const WATCHED = 20_000;
/** Milliseconds until what a start leaves behind is over. */
const CALM = 10_000;

/** Megabytes of memory that are the process's: proc(5), VmRSS. */
async function memoryOf(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1000;
}

/** Seconds that the process has used a processor: proc(5), `/proc/pid/stat`. */
async function timeOf(pid: number): Promise<number> {
  const fields = (await Deno.readTextFile(`/proc/${pid}/stat`)).split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

async function memory(size: Size, goal: number): Promise<Measured> {
  await using node = await BenchNode.start(size);
  await using agent = await node.agent();
  await delay(CALM);
  return { ours: [await memoryOf(agent.pid)], goal };
}

async function processor(size: Size, goal: number): Promise<Measured> {
  await using node = await BenchNode.start(size);
  await using agent = await node.agent();
  await delay(CALM);
  const before = await timeOf(agent.pid);
  await delay(WATCHED);
  return { ours: [(await timeOf(agent.pid) - before) * 1e5 / WATCHED], goal };
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
    measure: () => memory({ pods: PODS, controls }, goal),
  })),
  {
    name: "an agent that has nothing to do: 1,000 TrafficControls x 250 Pods",
    unit: "% of a core",
    goal: "0.3 %",
    measure: () => processor({ pods: PODS, controls: 1000 }, 0.3),
  },
];
