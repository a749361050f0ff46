/** From the close of a file with many objects to their flows in the switch, beside one bundle with the same matches. @module */
import { join } from "node:path";
import type { TestAgent } from "../../test/lab/agent.ts";
import { besideBundle } from "../beside_bundle.ts";
import { BenchNode, groupOf, GROUPS, mirror, pod } from "../node.ts";
import { type Measured, median, type Row } from "../row.ts";

const PODS = 250;
const CONTROLS = 1000;
const RELABELLED = 100;
/** How many times as long as one bundle it may take. */
const TIMES = 3;
/** Milliseconds: objects come one after another, and perhaps not all are in one bundle. */
const QUIET = 1000;
/** Its objects count before those of the same name in the other file: it comes first by name. */
const FILE = "a.json";
/** A label that no TrafficControl selects. */
const NONE = "none";

interface Burst {
  readonly controls: number;
  /** Objects that are there before, and that keep ports which are no part of what is measured. */
  readonly before: readonly object[];
  readonly after: readonly object[];
}

const list = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));

/** One Pod has a mirror to each port, so that all ports are there. */
const keepers = list(GROUPS, (index) => mirror(`keep${index}`, "keep", `ids${index}`));

const BURSTS: readonly (readonly [name: string, burst: Burst])[] = [
  [`${RELABELLED} Pods relabelled at once`, {
    controls: CONTROLS,
    before: [...keepers, ...list(RELABELLED, (index) => pod(index + 2, NONE))],
    after: [...keepers, ...list(RELABELLED, (index) => pod(index + 2, groupOf(index)))],
  }],
  [`${CONTROLS} TrafficControls applied at once`, {
    controls: 0,
    before: keepers,
    after: [
      ...keepers,
      ...list(CONTROLS, (index) => mirror(`burst${index}`, groupOf(index), `ids${index % GROUPS}`)),
    ],
  }],
];

async function write(agent: TestAgent, objects: readonly object[]): Promise<void> {
  const file = join(agent.manifests, FILE);
  const all = { apiVersion: "v1", kind: "List", items: objects };
  await Deno.writeTextFile(`${file}.new`, JSON.stringify(all));
  await Deno.rename(`${file}.new`, file);
}

async function measure({ controls, before, after }: Burst, runs: number): Promise<Measured> {
  await using node = await BenchNode.start({ pods: PODS, controls });
  await using agent = await node.agent();
  await write(agent, before);
  await node.ready(agent);
  const event = {
    begin: async () => {
      await write(agent, after);
      return performance.now();
    },
    end: () => write(agent, before),
    quiet: QUIET,
  };
  const { ours, peer } = await besideBundle(node.ovs.mgmt(), event, runs);
  return { ours, peer, goal: TIMES * median(peer) };
}

export const BURST_ROWS: readonly Row[] = BURSTS.map(([name, burst]) => ({
  name: `${name}, in one file -> all flows in the switch`,
  unit: "ms",
  peer: "one bundle with as many flows",
  goal: `${TIMES} x`,
  measure: (runs) => measure(burst, runs),
}));
