/** From the start of the agent's process until everything is realized. @module */
import { TestAgent } from "../../test/lab/agent.ts";
import { BenchNode, type Size } from "../node.ts";
import { type Measured, type Row } from "../row.ts";

/** Starts take seconds: fewer are enough. */
const PART = 4;
const few = (runs: number) => Math.max(1, Math.round(runs / PART));

async function cold(size: Size, goal: number, runs: number): Promise<Measured> {
  const ours: number[] = [];
  for (let run = 0; run < few(runs); run++) {
    await using node = await BenchNode.start(size);
    const begin = performance.now();
    await using _agent = await node.agent();
    ours.push(performance.now() - begin);
  }
  return { ours, goal };
}

async function again(size: Size, goal: number, runs: number): Promise<Measured> {
  await using node = await BenchNode.start(size);
  const agent = await node.agent();
  await agent.stop();
  const ours: number[] = [];
  for (let run = 0; run < few(runs); run++) {
    const begin = performance.now();
    await using next = await TestAgent.start(node.ovs);
    await node.ready(next);
    ours.push(performance.now() - begin);
  }
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
    goal: `${goals.cold} ms`,
    measure: (runs) => cold(size, goals.cold, runs),
  },
  {
    name: `restart with nothing to do: ${sized(size)}`,
    unit: "ms",
    goal: `${goals.again} ms`,
    measure: (runs) => again(size, goals.again, runs),
  },
]);
