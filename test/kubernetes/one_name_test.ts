/** Two agents with the name of one node: on two bridges each says that there is another one; on one bridge one waits. */
import assert from "node:assert/strict";
import { eventually } from "../lab/ovs.ts";
import { join } from "node:path";
import { TestAgent } from "../lab/agent.ts";
import { ClusterNode, forget, installCRDs } from "./cluster.ts";
import { apiServerTests } from "./kube_apiserver.ts";

const withServer = apiServerTests(installCRDs);
/** Milliseconds: some looks, each of which an agent takes once in 10 s. */
const TIMEOUT = 60_000;

/** Milliseconds: longer than a report takes to be written. */
const LOOK = 3000;

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

const STATUS = "/apis/sluice.dev/v1alpha1/trafficcontrolnodestatuses/node1";
const OTHER_LISTEN = "127.0.0.1:10361";

Deno.test(
  withServer(
    "an agent that waits for the lock of the bridge leaves the status of the node to the one that has it",
    async (server) => {
      await forget(server);
      await using node = await ClusterNode.start(server, 0);
      const writer = async (pid: number) => {
        const { status, body } = await server.request("GET", STATUS);
        const by = status === 200 && body.metadata.annotations["sluice.dev/agent"];
        return by && by.includes(` pid=${pid} `) && body.metadata.resourceVersion;
      };
      const before = await eventually("a status", () => writer(node.agent.pid));
      const { ovs, agent } = node;
      const source = ["--source", "kubernetes", "--node", "node1"];
      await using waiting = await TestAgent.start(ovs, [
        ...["--listen", OTHER_LISTEN, "--state-dir", join(ovs.dir, "state2")],
        ...["--kubeconfig", join(ovs.dir, "kubeconfig")],
      ], source);
      const said = /Blocked: nothing is written bridge=br0 reason=AnotherAgent/;
      await eventually("the lock", () => waiting.log.some((line) => said.test(line)));
      const begin = performance.now();
      await eventually("some looks at it", async () => {
        assert.equal(await writer(agent.pid), before);
        return performance.now() - begin > 3 * LOOK;
      }, TIMEOUT);
      await agent.kill();
      await eventually("the status of the one that waited", () => writer(waiting.pid), TIMEOUT);
      agent.startAgain();
      await eventually("it waits now", () => agent.log.some((line) => said.test(line)));
    },
  ),
);
