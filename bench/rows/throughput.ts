/** How fast packets pass a switch that mirrors them, beside the mirrors that Open vSwitch itself has. @module */
import { byOvs, bySluice, Mirrored } from "../mirrors.ts";
import { type Measured, median, type Row } from "../row.ts";

/** What one Pod sends to the other. */
const SENT = "64M";
/** The least part of the peer's throughput. The time may be longer by the inverse of it. */
const LEAST = 0.97;

/**
 * What bounds the throughput is the processor that the switch has. Its time for the same packets is the same each time;
 * the time until they have come differs by a half, as TCP loses and repeats packets.
 */
async function timeOfSwitch(side: Mirrored): Promise<number> {
  const before = await side.processor();
  await side.send(SENT);
  return await side.processor() - before;
}

async function throughput(runs: number): Promise<Measured> {
  await using sluice = await Mirrored.start(bySluice);
  await using peers = await Mirrored.start(byOvs);
  const [ours, peer]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    ours.push(await timeOfSwitch(sluice));
    peer.push(await timeOfSwitch(peers));
  }
  return { ours, peer, goal: median(peer) / LEAST };
}

export const THROUGHPUT: readonly Row[] = [
  {
    name: `throughput: time of the switch for ${SENT}B over TCP, with a mirror in both directions`,
    unit: "ms",
    peer: "a row of the table Mirror of Open vSwitch",
    goal: `${(1 / LEAST).toFixed(2)} x, for ${LEAST} x the throughput`,
    measure: throughput,
  },
];
