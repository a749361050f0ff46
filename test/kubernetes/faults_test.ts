/**
 * The API server is away, does not answer, is restarted, or loses its history. Meanwhile the datapath stays as it is;
 * afterwards the agent catches up.
 */
import assert from "node:assert/strict";
import { type ClusterNode, forget, installCRDs } from "./cluster.ts";
import { apiServerTests } from "./kube_apiserver.ts";
import { flowAges } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { apply, mirror, outage, ownServer, started } from "./outage.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";

type Two = [TestPod, TestPod];
const withServer = apiServerTests(installCRDs);

/** Milliseconds after which the pauses between attempts do not grow any more. */
const LONG = 10_000;
/** Milliseconds within which the agent must work again after the server's return, and slack for a loaded machine. */
const [RETURN, SLACK] = [5000, 2500];

/** Milliseconds from a time (of `Date.now`) to the last line of the agent's log about changed flows. */
function untilFlows({ agent }: ClusterNode, since: number): number {
  const line = agent.log.findLast((line) => line.includes("Flows changed"));
  return Date.parse(line!.split(" ")[0]!) - since;
}
const hasIssue = ({ agent }: ClusterNode, issue: RegExp) =>
  eventually(`${issue}`, async () => {
    const { text } = await agent.get("/api/v1/state"); // empty until the agent listens
    return text !== "" && issue.test(JSON.parse(text).issues.join("\n"));
  }, 60_000);

Deno.test(
  withServer(
    "an agent that starts while the API server is away changes nothing, and works within 5 s of its return",
    async (server, t) => {
      await using node = await started(server);
      const { agent, ovs, relay } = node;
      const [p1, p2] = node.pods as Two;
      await t.step("connections are refused", async () => {
        await agent.stop();
        const before = await flowAges(ovs);
        assert.ok(before.size > 0);
        await relay.down();
        agent.startAgain();
        await hasIssue(node, /Pods: Cannot ask the API server at "https:.*": /);
        assert.match((await agent.get("/readyz")).text, /has not given everything yet/);
        const [at2, tap] = [node.at(p2), node.atDevice("tap0")];
        await expectFlow({ from: p1, to: p2, count: LONG, rate: 1000 }, [[at2, 1], [tap, 1]]);
        assert.deepEqual([...(await flowAges(ovs)).keys()].sort(), [...before.keys()].sort());
        await apply(server, mirror("later", "tap1"));
        const since = Date.now();
        relay.up();
        await agent.realized("later", "m");
        const taken = untilFlows(node, since);
        assert.ok(taken < RETURN + SLACK, `${taken} ms`);
        const after = await flowAges(ovs);
        for (const [key, { duration }] of before) {
          if (after.has(key)) {
            assert.ok(after.get(key)!.duration > duration, `${key} was written anew`);
          }
        }
      });
      await t.step("no byte passes, and old connections stay dead afterwards", async () => {
        await agent.stop();
        relay.halfOpen();
        agent.startAgain();
        await hasIssue(node, /Pods: Cannot ask the API server at "https:.*": no answer/);
        await apply(server, mirror("last", "tap2"));
        const since = Date.now();
        relay.strand();
        await agent.realized("last", "later", "m");
        const taken = untilFlows(node, since);
        assert.ok(taken < RETURN + SLACK, `${taken} ms`);
      });
      await forget(server);
    },
  ),
);

Deno.test(
  withServer(
    "the API server away for 20 s, restarted without its history: the datapath as it was, then what was missed",
    () => outage(20), // and for a minute in test/long/outage_test.ts
  ),
);

Deno.test(
  withServer(
    "a watch is cut and the history is lost: the agent lists again and misses nothing",
    async () => {
      await using server = await ownServer();
      await using node = await started(server);
      await node.relay.down();
      for (let times = 0; times < 3; times++) await apply(server, mirror("m", `tap${times + 4}`));
      await server.kubectl(["delete", "pod", "p2", "--force", "--grace-period=0"]);
      await server.killServer();
      await server.forgetHistory();
      await server.startServer();
      node.relay.up();
      // Each kind has its own watch, and they do not come back at the same time.
      await node.agent.settled(
        "the last change, and the Pod gone",
        ({ trafficControls: [m], pods }) =>
          m?.target === "tap6" && m.realized && pods.map(({ name }) => name).join() === "p1",
      );
      await forget(server);
    },
  ),
);

Deno.test(
  withServer(
    "the agent notices connections that break, and connections that stay open without any byte",
    async (server, t) => {
      await using node = await started(server, ["--silence", "3"]);
      const { agent, relay } = node;
      await t.step("after a broken connection the agent has the change at once", async () => {
        for (let times = 0; times < 5; times++) {
          await relay.drop();
          await apply(server, mirror("m", `tap${times}`));
          await agent.settled("changed", ({ trafficControls: [m] }) => m?.target === `tap${times}`);
        }
      });
      await t.step(
        "after the silence that was set, the agent opens another connection",
        async () => {
          relay.strand();
          await apply(server, mirror("m", "tap9"));
          await agent.settled("changed", ({ trafficControls: [m] }) => m?.target === "tap9");
        },
      );
      await forget(server);
    },
  ),
);
