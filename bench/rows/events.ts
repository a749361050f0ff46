/** From the close of a manifest's file to the flows in the switch, beside a bundle with flows of the same matches. @module */
import { OpenFlowClient } from "../../core/openflow/mod.ts";
import { BenchNode, type Size } from "../node.ts";
import { type Measured, median, type Row } from "../row.ts";
import { bareBundle, SwitchWatch } from "../switch_watch.ts";

/** Milliseconds that the goal adds to twice the peer's time, and what files may take longer. */
const OWN_TIME = 1;
const FILE_TIME = 2;
const PODS = 250;

async function measure(size: Size, runs: number): Promise<Measured> {
  await using node = await BenchNode.start(size);
  await using _agent = await node.agent();
  await using watch = await SwitchWatch.start(node.ovs.mgmt());
  await using client = await OpenFlowClient.connect(node.ovs.mgmt());
  const [ours, peer]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    let begin = 0;
    const change = await watch.during(async () => {
      await node.begin();
      begin = performance.now();
    });
    ours.push(change.at - begin);
    await watch.during(() => node.end());
    peer.push(await bareBundle(watch, client, change));
  }
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
