/** What probes of sensors cost: time of a processor for the agent and for the switch, beside the same without probes. @module */
import { delay } from "../../core/base/timer.ts";
import { ProbedNode, type Spent } from "../probed.ts";
import type { Measured, Row } from "../row.ts";

const PAIRS = 100;
/** Milliseconds of each measurement: a clock tick is a hundredth of a second. */
const WATCHED = 5000;
/** Milliseconds until what a start leaves behind is over. */
const CALM = 10_000;

/** Per cent of the time that was watched. */
const partOf = (seconds: number) => 100 * seconds * 1000 / WATCHED;

/** Both are watched at the same time: what else the machine does is the same for both. */
async function measure(whose: keyof Spent, goal: number, runs: number): Promise<Measured> {
  await using probed = await ProbedNode.start(PAIRS, {}); // with the defaults
  await using plain = await ProbedNode.start(PAIRS);
  await delay(CALM);
  const spent = () => Promise.all([probed, plain].map((node) => node.spent()));
  const [ours, peer]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    const before = await spent();
    await delay(WATCHED);
    const [one, other] = (await spent()).map((after, index) =>
      partOf(after[whose] - before[index]![whose])
    );
    ours.push(one!);
    peer.push(other!);
  }
  return { ours, peer, goal };
}

/** Per cent of a core, for each pair, in the userspace datapath: there the switch itself moves each frame by system calls. */
const GOALS = { agent: 0.2, switch: 0.5 } as const;

export const PROBES: readonly Row[] = (["agent", "switch"] as const).map((whose) => ({
  name: `${PAIRS} pairs of ports, probed at the default interval: time of the ${whose}`,
  unit: "% of a core",
  peer: "the same without probes",
  goal: `${GOALS[whose]} % for each pair`,
  measure: (runs) => measure(whose, GOALS[whose] * PAIRS, runs),
}));
