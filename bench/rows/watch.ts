/** From an event of the API server's watch to the flows in the switch, beside a bundle with flows of the same matches. @module */
import { delay } from "../../core/base/timer.ts";
import { SKIPPED } from "../../test/kubernetes/programs.ts";
import { BenchCluster, CONTROLS } from "../cluster.ts";
import { mirror, type Size } from "../node.ts";
import { type Measured, median, type Row } from "../row.ts";
import { besideBundle } from "../beside_bundle.ts";

/** Milliseconds that the goal adds to twice the peer's time. */
const OWN_TIME = 1;
const PODS = 250;
/** A Pod that only the event selects, and one that keeps the port which the event uses. */
const [EVENT, KEEP] = ["event", "keep"];
/** Milliseconds until the agent has written what it reports on the event. */
const CALM = 300;

async function measure(size: Size, runs: number): Promise<Measured> {
  await using cluster = await BenchCluster.start(size);
  const { server, ovs } = cluster;
  await cluster.addPod(PODS, KEEP);
  await cluster.addPod(PODS + 1, EVENT);
  await server.must("POST", CONTROLS, mirror(KEEP, KEEP, "ids0"));
  await using _agent = await cluster.agent();
  const event = {
    // Bytes of another answer that come first, by chance, make the time longer and not shorter.
    begin: async () => {
      const coming = cluster.coming();
      await server.must("POST", CONTROLS, mirror(EVENT, EVENT, "ids0"));
      return await coming;
    },
    end: async () => {
      await server.must("DELETE", `${CONTROLS}/${EVENT}`);
      await delay(CALM);
    },
  };
  const { ours, peer } = await besideBundle(ovs.mgmt(), event, runs);
  return { ours, peer, goal: 2 * median(peer) + OWN_TIME };
}

export const WATCH: readonly Row[] = [0, 1000, 5000].map((controls) => ({
  name:
    `an event of the API server's watch -> its flows in the switch, beside ${controls} TrafficControls`,
  unit: "ms",
  peer: "the bare bundle",
  goal: "2 x + 1 ms",
  point: { plot: "events", line: "watch event", controls },
  isSkipped: SKIPPED,
  measure: (runs) => measure({ pods: PODS, controls }, runs),
}));
