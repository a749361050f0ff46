/** The API server is away, silent, restarted, forgetful: the datapath goes on, and what was missed is caught up with. */
import assert from "node:assert/strict";
import { app, internal, sluice, trafficControl } from "./agent.ts";
import { ClusterNode, forget } from "./cluster.ts";
import { apiServerTests, KubeApiServer } from "./kube_apiserver.ts";
import { flowAges } from "./lab.ts";
import { eventually } from "./ovs.ts";
import type { TestPod } from "./pod.ts";
import { expectFlow } from "./traffic.ts";

type Two = [TestPod, TestPod];
async function prepare(server: KubeApiServer): Promise<void> {
  const crds = await sluice(undefined, "crd");
  await server.kubectl(["apply", "--server-side", "-f", "-"], crds.stdout);
  await server.kubectl(["wait", "--for=condition=Established", "crd", "--all"]);
  await server.kubectl(["create", "namespace", "sluice-system"]);
}
const withServer = apiServerTests(prepare);
/** One that may be killed. */
async function ownServer(): Promise<KubeApiServer> {
  const server = await KubeApiServer.start();
  await prepare(server);
  return server;
}

const mirror = (name: string, port: string, label = "web") =>
  trafficControl(name, {
    appliedTo: app(label),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(port),
  });
const apply = (server: KubeApiServer, ...objects: readonly object[]) =>
  server.kubectl(["apply", "-f", "-"], objects.map((object) => JSON.stringify(object)).join("\n"));

async function started(server: KubeApiServer, args: readonly string[] = []): Promise<ClusterNode> {
  await forget(server);
  const node = await ClusterNode.start(server, 2, { args });
  const [p1, p2] = node.pods as Two;
  await node.tell(p1, { app: "web" });
  await node.tell(p2, { app: "db" });
  await apply(server, mirror("m", "tap0"));
  await node.agent.realized("m");
  return node;
}

/** Megabytes. */
async function rss({ agent }: ClusterNode): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${agent.pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1000;
}

Deno.test(
  withServer(
    "an agent that starts while the API server is away changes nothing, and works within 5 s of its return",
    async (server) => {
      await using node = await started(server);
      const { agent, ovs, relay } = node;
      const [p1, p2] = node.pods as Two;
      await agent.stop();
      const before = await flowAges(ovs);
      assert.ok(before.size > 0);
      await relay.down();
      agent.startAgain();
      await eventually(
        "not ready",
        async () => /has not given everything yet/.test((await agent.get("/readyz")).text),
      ); // deno-fmt-ignore
      const { issues } = await agent.state();
      assert.match(issues.join("\n"), /Pods: Cannot ask the API server at "https:.*": /);
      await expectFlow({ from: p1, to: p2, count: 3000, rate: 1000 }, [[node.at(p2), 1], [
        node.atDevice("tap0"),
        1,
      ]]); // deno-fmt-ignore
      assert.deepEqual([...(await flowAges(ovs)).keys()].sort(), [...before.keys()].sort());
      await apply(server, mirror("later", "tap1"));
      relay.up();
      const since = performance.now();
      await agent.realized("later", "m");
      assert.ok(performance.now() - since < 6000, `${performance.now() - since} ms`); // our own looks included
      const after = await flowAges(ovs);
      for (const [key, { duration }] of before) {
        if (after.has(key)) {
          assert.ok(after.get(key)!.duration > duration, `${key} was written anew`);
        }
      }
      await forget(server);
    },
  ),
);

Deno.test(
  withServer(
    "the API server away for a minute, restarted without its history: the datapath as it was, then what was missed",
    async () => {
      await using server = await ownServer();
      await using node = await started(server);
      const { agent, ovs } = node;
      const [p1, p2] = node.pods as Two;
      await apply(server, mirror("gone", "tap2", "db"));
      await agent.realized("gone", "m");
      const [memory, before] = [await rss(node), await flowAges(ovs)];
      await node.relay.down();
      const [at2, tap] = [node.at(p2), node.atDevice("tap0")];
      // A minute of traffic: 100 packets a second.
      const traffic = expectFlow({ from: p1, to: p2, count: 6000, rate: 100 }, [[at2, 1], [
        tap,
        1,
      ]]);
      await server.kubectl(["delete", "tc", "gone"]);
      await apply(server, mirror("new", "tap3"));
      await server.killServer();
      await server.forgetHistory();
      await server.startServer();
      await traffic;
      assert.deepEqual([...(await flowAges(ovs)).keys()].sort(), [...before.keys()].sort());
      node.relay.up();
      await agent.realized("m", "new");
      assert.deepEqual((await agent.state()).issues, []);
      const grown = await rss(node) - memory;
      assert.ok(grown < 20, `${grown} MB more`);
      await forget(server);
    },
  ),
);

Deno.test(
  withServer(
    "watch history that is lost while the watch is cut: a list, and nothing is missed",
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
      // Each kind has a watch of its own, and comes back in its own time.
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
    "connections that break, or stay and say nothing: both are noticed",
    async (server, t) => {
      await using node = await started(server, ["--silence", "3"]);
      const { agent, relay } = node;
      await t.step("broken: the change is there at once", async () => {
        for (let times = 0; times < 5; times++) {
          await relay.drop();
          await apply(server, mirror("m", `tap${times}`));
          await agent.settled("changed", ({ trafficControls: [m] }) => m?.target === `tap${times}`);
        }
      });
      await t.step("silent: after the silence that was set", async () => {
        relay.halfOpen();
        await apply(server, mirror("m", "tap9"));
        await eventually(
          "said",
          async () => /silent for 3 s|no answer/.test((await agent.state()).issues.join()),
          60_000,
        ); // deno-fmt-ignore
        relay.heal();
        await agent.settled("changed", ({ trafficControls: [m] }) => m?.target === "tap9");
      });
      await forget(server);
    },
  ),
);
