/** How fast packets pass a switch that mirrors them, beside the mirrors that Open vSwitch itself has. @module */
import { byOvs, byRules, bySluice, Mirrored, RULES } from "../mirrors.ts";
import { type Measured, median, type Row } from "../row.ts";

/** What one Pod sends to the other. */
const SENT = "64M";
/** The least part of the peer's throughput. The time may be longer by the inverse of it. */
const LEAST = { besideOvs: 0.97, withRules: 0.9 } as const;

/**
 * What bounds the throughput is the processor that the switch has. Its time for the same packets is the same each time;
 * the time until they have come differs by a half, as TCP loses and repeats packets.
 */
async function timeOfSwitch(side: Mirrored): Promise<number> {
  const before = await side.processor();
  await side.send(SENT);
  return await side.processor() - before;
}

type Mirror = Parameters<typeof Mirrored.start>[0];

/** @param least The least part of the peer's throughput. */
const throughput =
  ([mirror, other]: readonly [Mirror, Mirror], least: number) =>
  async (runs: number): Promise<Measured> => {
    await using sluice = await Mirrored.start(mirror);
    await using peers = await Mirrored.start(other);
    const [ours, peer]: [number[], number[]] = [[], []];
    for (let run = 0; run < runs; run++) {
      ours.push(await timeOfSwitch(sluice));
      peer.push(await timeOfSwitch(peers));
    }
    return { ours, peer, goal: median(peer) / least };
  };

const inWords = (least: number) => `${(1 / least).toFixed(2)} x, for ${least} x the throughput`;

export const THROUGHPUT: readonly Row[] = [
  {
    name: `throughput: time of the switch for ${SENT}B over TCP, with a mirror in both directions`,
    unit: "ms",
    peer: "a row of the table Mirror of Open vSwitch",
    goal: inWords(LEAST.besideOvs),
    measure: throughput([bySluice, byOvs], LEAST.besideOvs),
  },
  {
    name: `throughput: time of the switch for ${SENT}B over TCP, with a mirror of ${RULES} rules`,
    unit: "ms",
    peer: "the same mirror without rules",
    goal: inWords(LEAST.withRules),
    measure: throughput([byRules, bySluice], LEAST.withRules),
  },
];
