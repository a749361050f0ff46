/** 1,000 nodes and 500 TrafficControls: the goals for status at cluster scale. Five minutes. */
import { installCRDs } from "../kubernetes/cluster.ts";
import { apiServerTests } from "../kubernetes/kube_apiserver.ts";
import { assertGoals, measureCluster } from "../kubernetes/many_nodes.ts";

const withServer = apiServerTests(installCRDs);
const SIZE = { nodes: 1000, controls: 500, idle: 60_000 } as const;

Deno.test(
  withServer(
    "1,000 nodes x 500 TrafficControls: READY 1000/1000 in 10 s, 32 KB for a node, one write for each",
    async (server) => assertGoals(SIZE, await measureCluster(server, SIZE)),
  ),
);
