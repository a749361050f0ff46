/** 1,000 nodes and 500 TrafficControls: the goals for status at cluster scale. Five minutes. */
import assert from "node:assert/strict";
import { installCRDs } from "../kubernetes/cluster.ts";
import { apiServerTests } from "../kubernetes/kube_apiserver.ts";
import { assertSmall, measureCluster } from "../kubernetes/many_nodes.ts";

const withServer = apiServerTests(installCRDs);
/** Milliseconds until READY 1000/1000. */
const READY_TIME = 10_000;
/** MB that the leader has more at most than before the nodes reported. */
const GROWTH = 80;
const SIZE = { nodes: 1000, controls: 500, idle: 60_000 } as const;

Deno.test(
  withServer(
    "1,000 nodes x 500 TrafficControls: READY 1000/1000 in 10 s, 32 KB for a node, one write for each",
    async (server) => {
      const figures = await measureCluster(server, SIZE);
      assertSmall(SIZE, figures);
      assert.ok(figures.readyTime <= READY_TIME, `${figures.readyTime} ms`);
      assert.ok(figures.leader.cpu * 1000 <= figures.readyTime, "a core for the leader");
      assert.ok(figures.leader.peak - figures.rssAlone <= GROWTH, "memory of the leader");
    },
  ),
);
