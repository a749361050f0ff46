/** From the close of a manifest's file to the flows in the switch, beside a bundle with flows of the same matches. @module */
import { besideBundle } from "../beside_bundle.ts";
import { BenchNode, type Size } from "../node.ts";
import { type Measured, median, type Row } from "../row.ts";

/** Milliseconds that the goal adds to twice the peer's time, and what files may take longer. */
const OWN_TIME = 1;
const FILE_TIME = 2;
const PODS = 250;

async function measure(size: Size, runs: number): Promise<Measured> {
  await using node = await BenchNode.start(size);
  await using _agent = await node.agent();
  const event = {
    begin: async () => {
      await node.begin();
      return performance.now();
    },
    end: () => node.end(),
  };
  const { ours, peer } = await besideBundle(node.ovs.mgmt(), event, runs);
  return { ours, peer, goal: 2 * median(peer) + OWN_TIME + FILE_TIME };
}

export const EVENTS: readonly Row[] = [0, 1000, 5000].map((controls) => ({
  name: `a manifest's file closed -> its flows in the switch, beside ${controls} TrafficControls`,
  unit: "ms",
  peer: "the bare bundle",
  goal: "2 x + 3 ms",
  point: { plot: "events", line: "manifest's file", controls },
  measure: (runs) => measure({ pods: PODS, controls }, runs),
}));
