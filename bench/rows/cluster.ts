/** What the status of a large cluster takes: 1,000 nodes report, and one agent sums up. @module */
import { installCRDs } from "../../test/kubernetes/cluster.ts";
import { KubeApiServer } from "../../test/kubernetes/kube_apiserver.ts";
import { measureOne, withManyNodes } from "../../test/kubernetes/many_nodes.ts";
import { SKIPPED } from "../../test/kubernetes/programs.ts";
import type { Row } from "../row.ts";

const SIZE = { nodes: 1000, controls: 500 } as const;
const SECONDS = 10;
const MEGABYTES = 200;
const WHERE = `${SIZE.nodes} nodes x ${SIZE.controls} TrafficControls`;

async function measure() {
  await using server = await KubeApiServer.start();
  await installCRDs(server);
  return await withManyNodes(server, SIZE, measureOne);
}
/** One cluster for all rows: it takes minutes to start. */
let measured: ReturnType<typeof measure> | undefined;
const once = () => measured ??= measure();

export const CLUSTER: readonly Row[] = [
  {
    name: `cluster of ${WHERE}: one more applied -> READY on all nodes`,
    unit: "ms",
    goal: `${SECONDS} s`,
    isSkipped: SKIPPED,
    measure: async () => ({ ours: [(await once()).readyTime], goal: SECONDS * 1000 }),
  },
  {
    name: `cluster of ${WHERE}: memory (RSS) of the agent that sums up`,
    unit: "MB",
    goal: `${MEGABYTES} MB`,
    isSkipped: SKIPPED,
    measure: async () => ({ ours: [(await once()).leader.rss], goal: MEGABYTES }),
  },
  {
    name: `cluster of ${WHERE}: time of a processor in which it sums that up`,
    unit: "ms",
    goal: "one core for 10 s",
    isSkipped: SKIPPED,
    measure: async () => ({ ours: [(await once()).leader.cpu * 1000], goal: SECONDS * 1000 }),
  },
];
