/** How fast packets pass a switch that mirrors them, beside the mirrors that Open vSwitch itself has. @module */
import { byOvs, bySluice, Mirrored } from "../mirrors.ts";
import { type Measured, median, type Row } from "../row.ts";

/** What one Pod sends to the other. */
const SENT = "32M";
/** The least part of the peer's throughput. */
const LEAST = 0.97;

async function throughput(runs: number): Promise<Measured> {
  await using sluice = await Mirrored.start(bySluice);
  await using peers = await Mirrored.start(byOvs);
  const [ours, peer]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    ours.push(await sluice.send(SENT));
    peer.push(await peers.send(SENT));
  }
  return { ours, peer, goal: median(peer) / LEAST };
}

export const THROUGHPUT: readonly Row[] = [
  {
    name: `throughput: a Pod that is mirrored in both directions sends ${SENT}B over TCP`,
    unit: "ms",
    peer: "a row of the table Mirror of Open vSwitch",
    goal: `at least ${LEAST} x the throughput`,
    measure: throughput,
  },
];
