/** Two agents with the name of one node: each says that there is another one. */
import assert from "node:assert/strict";
import { eventually } from "../lab/ovs.ts";
import { ClusterNode, forget, installCRDs } from "./cluster.ts";
import { apiServerTests } from "./kube_apiserver.ts";

const withServer = apiServerTests(installCRDs);
/** Milliseconds: some looks, each of which an agent takes once in 10 s. */
const TIMEOUT = 60_000;

const said = async ({ agent }: ClusterNode) =>
  (await agent.state()).issues.filter((issue) => issue.includes("another agent"));

Deno.test(
  withServer(
    "two agents with one node name: both name the other one, and the one that stays is content again",
    async (server) => {
      await forget(server);
      await using one = await ClusterNode.start(server, 0);
      await one.agent.settled("ready", () => true);
      await eventually(
        "a status",
        async () => (await server.tryKubectl(["get", "tcn", "node1"])).code === 0,
      );
      {
        await using other = await ClusterNode.start(server, 0);
        for (const node of [one, other]) {
          const [issue] = await eventually("the other one", async () => {
            const issues = await said(node);
            return issues.length > 0 && issues;
          }, TIMEOUT);
          assert.match(
            issue!,
            /Cannot keep the status of node "node1": another agent writes it, too: host=\S+ pid=\d+ since=\S+: give/,
          );
        }
      }
      await eventually("content", async () => (await said(one)).length === 0, TIMEOUT);
      await one.agent.kill();
      one.agent.startAgain();
      await one.agent.settled("ready", () => true);
      const end = performance.now() + 15_000;
      await eventually("a look of an agent that has started again", async () => {
        assert.deepEqual(await said(one), []);
        return performance.now() > end;
      }, TIMEOUT);
    },
  ),
);
