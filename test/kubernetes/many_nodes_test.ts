/** 50 nodes report, one or two agents sum up; 1,000 nodes: test/long/many_nodes_test.ts. */
import { installCRDs } from "./cluster.ts";
import { apiServerTests } from "./kube_apiserver.ts";
import assert from "node:assert/strict";
import { assertSmall, measureCluster } from "./many_nodes.ts";

const withServer = apiServerTests(installCRDs);
const SIZE = { nodes: 50, controls: 20, idle: 12_000 } as const;

Deno.test(
  withServer(
    "50 nodes: small reports, one write for each change, none when idle, none twice without a leader",
    async (server) => {
      const figures = await measureCluster(server, SIZE);
      assertSmall(SIZE, figures);
      assert.equal(figures.statusWrites, 1);
    },
  ),
);
