/**
 * Several agents: one of them sums up, and another one after that was killed. Also how often they write, and how they
 * work with Antrea's CRD.
 */
import assert from "node:assert/strict";
import { ApiServer } from "../../plugins/sources/kubernetes/api_server.ts";
import { type KubeObject, listWatch } from "../../plugins/sources/kubernetes/list_watch.ts";
import { antreasCrd } from "./antreas_crd.ts";
import { app, internal, trafficControl } from "../lab/agent.ts";
import { applyCRDs, ClusterNode, forget, installCRDs } from "./cluster.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";

type Two = [TestPod, TestPod];
const withServer = apiServerTests(installCRDs);
const TC = "/apis/crd.antrea.io/v1alpha2/trafficcontrols";
const TCN = "/apis/sluice.dev/v1alpha1/trafficcontrolnodestatuses";
const LEASE = "/apis/coordination.k8s.io/v1/namespaces/sluice-system/leases/sluice-leader";

const mirror = (name: string, port: string, label = "web") =>
  trafficControl(name, {
    appliedTo: app(label),
    direction: "Both",
    action: "Mirror",
    targetPort: internal(port),
  }); // deno-fmt-ignore
const apply = (server: KubeApiServer, ...objects: readonly object[]) =>
  server.kubectl(["apply", "-f", "-"], objects.map((object) => JSON.stringify(object)).join("\n"));
const wait = (server: KubeApiServer, condition: string, name: string) =>
  server.kubectl(["wait", `--for=${condition}`, `tc/${name}`, "--timeout=30s"]);

/** Two nodes. Each has a Pod `web`; the other Pod of the first is `db`, that of the second has no known label. */
async function twoNodes(server: KubeApiServer): Promise<[ClusterNode, ClusterNode]> {
  await forget(server);
  await server.request("DELETE", LEASE);
  const nodes = await Promise.all(
    ["node1", "node2"].map((name) => ClusterNode.start(server, 2, { name })),
  ) as [ClusterNode, ClusterNode];
  for (const [at, node] of nodes.entries()) {
    const namespace = `on-${node.name}`;
    await server.request("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
    const [p1, p2] = node.pods as Two;
    await node.tell(p1, { app: "web" }, { namespace });
    await node.tell(p2, { app: at === 0 ? "db" : "none" }, { namespace });
  }
  return nodes;
}

/** Least milliseconds between two writes. A node writes once in 2 s at most; a watch may report it a little earlier. */
const MOST_OFTEN = 1500;
/** Milliseconds without a write, after which the test takes it that no more will come. */
const QUIET = 6000;

/** Waits until the counts have not changed for `QUIET`. @returns The counts. */
async function quiet<T>(counts: () => T): Promise<T> {
  let [last, since] = [counts(), performance.now()];
  await eventually("a quiet time", () => {
    if (JSON.stringify(counts()) !== JSON.stringify(last)) {
      [last, since] = [counts(), performance.now()];
    }
    return performance.now() - since > QUIET;
  }, 60_000);
  return last;
}

/** Counts how often objects are written, by a watch. */
class Changes implements AsyncDisposable {
  /** Times of writes in milliseconds, by the object's name. */
  readonly times = new Map<string, number[]>();
  readonly #stop = new AbortController();
  #done: Promise<void> = Promise.resolve();

  static async of(server: KubeApiServer, path: string): Promise<Changes> {
    const changes = new Changes();
    const { promise, resolve } = Promise.withResolvers<void>();
    changes.#done = changes.#follow(await ApiServer.from(server.kubeconfig), path, resolve);
    await promise;
    return changes;
  }
  async #follow(server: ApiServer, path: string, begun: () => void): Promise<void> {
    using _server = server;
    const options = { signal: this.#stop.signal, silence: 60_000, onState: () => {} };
    for await (const event of listWatch(server, { path, slim: (object) => object }, options)) {
      if (event.type === "snapshot") begun();
      else if (event.type === "set") this.#note(event.object as KubeObject);
    }
  }
  #note({ metadata: { name } }: KubeObject): void {
    this.times.set(name, [...this.times.get(name) ?? [], performance.now()]);
  }
  get count(): number {
    return [...this.times.values()].reduce((sum, { length }) => sum + length, 0);
  }
  /** The shortest time between two writes of one object, in milliseconds. */
  get shortestGap(): number {
    const gaps = [...this.times.values()].flatMap((times) =>
      times.slice(1).map((time, at) => time - times[at]!)
    );
    return Math.min(...gaps, Infinity);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }
}

async function holder(server: KubeApiServer): Promise<string | undefined> {
  return (await server.request("GET", LEASE)).body.spec?.holderIdentity?.split(" ")[0];
}

Deno.test(
  withServer(
    "the leader sums up two nodes and reports a failure by an Event; when it is killed, another agent leads",
    async (server, t) => {
      const nodes = await twoNodes(server);
      await using _one = nodes[0];
      await using _two = nodes[1];
      await t.step("READY 2/2, 1/1, 0/0", async () => {
        await apply(
          server,
          mirror("both", "tap0"),
          mirror("one", "tap1", "db"),
          mirror("none", "tap2", "nobody"),
        ); // deno-fmt-ignore
        const expected = { both: "2/2", one: "1/1", none: "0/0" };
        for (const [name, ready] of Object.entries(expected)) {
          await wait(server, "condition=Realized", name);
          await wait(server, `jsonpath={.status.ready}=${ready}`, name);
        }
        const ready = await server.kubectl([
          "get",
          "tc",
          "-o",
          "jsonpath={.items[*].status.ready}",
        ]);
        assert.equal(ready, "2/2 0/0 1/1"); // of both nodes, of none, of one
        const accepted = await server.kubectl([
          "get",
          "tc",
          "both",
          "-o",
          "jsonpath={.status.conditions[*].type}",
        ]); // deno-fmt-ignore
        assert.equal(accepted, "Realized Accepted Superseded");
      });
      await t.step("one node lacks a device", async () => {
        await _one.ovs.exec(
          "ip",
          "link",
          "add",
          "name",
          "ids9",
          "type",
          "veth",
          "peer",
          "name",
          "ids9x",
        );
        await apply(server, {
          ...mirror("both", ""),
          spec: { ...Object(mirror("both", "")).spec, targetPort: { device: { name: "ids9" } } },
        }); // deno-fmt-ignore
        await wait(server, "jsonpath={.status.failedNodes}=1", "both");
        await wait(server, "condition=Realized=false", "both");
        await wait(server, "condition=DeviceMissing", "both");
        await wait(server, "jsonpath={.status.ready}=1/2", "both"); // The other node may report later
        const { body } = await server.request("GET", `${TC}/both`);
        assert.equal(body.status.desiredNodes, 2);
        const [realized] = body.status.conditions;
        assert.match(
          realized.message,
          /^node2: Device "ids9" does not exist on the node: create it$/,
        );
        await eventually(
          "the Event",
          async () =>
            /Warning +DeviceMissing .*node2: Device "ids9"/.test(
              await server.kubectl(["describe", "tc", "both"]),
            ),
        ); // deno-fmt-ignore
        await _two.ovs.exec("ip", "link", "add", "name", "ids9", "type", "veth", "peer", "name", "ids9x");
        await wait(server, "jsonpath={.status.ready}=2/2", "both");
        await eventually(
          "the Event",
          async () => /Normal +Realized /.test(await server.kubectl(["describe", "tc", "both"])),
        );
      });
      await t.step("when the leader is killed, another agent sums up within 15 s", async () => {
        const leader = await holder(server);
        const [dead, alive] = leader === "node1" ? [_one, _two] : [_two, _one];
        await dead.agent.kill();
        const since = performance.now();
        await apply(server, mirror("after", "tap7", leader === "node1" ? "web" : "db"));
        await apply(
          server,
          trafficControl("after", {
            appliedTo: {
              podSelector: {},
              namespaceSelector: {
                matchLabels: { "kubernetes.io/metadata.name": `on-${alive.name}` },
              },
            },
            direction: "Both",
            action: "Mirror",
            targetPort: internal("tap7"),
          }),
        ); // deno-fmt-ignore
        await wait(server, "jsonpath={.status.ready}=1/1", "after");
        assert.ok(performance.now() - since < 15_000, `${performance.now() - since} ms`);
        assert.equal(await holder(server), alive.name);
        dead.agent.startAgain();
        await dead.agent.settled("again", ({ flows }) => flows > 0);
      });
      await t.step(
        "a leader that is stopped gives the Lease back: another has it at once",
        async () => {
          const leader = await holder(server);
          const [stopped, other] = leader === "node1" ? [_one, _two] : [_two, _one];
          await stopped.agent.stop();
          await eventually("handed over", async () => await holder(server) === other.name, 7000);
          stopped.agent.startAgain();
          await stopped.agent.settled("again", ({ flows }) => flows > 0);
        },
      );
    },
  ),
);

Deno.test(
  withServer(
    "200 TrafficControls at once: about one write of status for each, and none when nothing changes",
    async (server) => {
      const nodes = await twoNodes(server);
      await using _one = nodes[0];
      await using _two = nodes[1];
      const objects = Array.from(
        { length: 200 },
        (_, index) => mirror(`m${index}`, `tap${index % 4}`),
      );
      // Each write gives an object a new version, which a watch reports.
      await using statuses = await Changes.of(server, TC);
      await using entries = await Changes.of(server, TCN);
      await apply(server, ...objects);
      const realized = async () => {
        const { body } = await server.request("GET", TC);
        // deno-lint-ignore no-explicit-any -- TrafficControls
        return body.items.every(({ status }: any) => status?.ready === "2/2");
      };
      await eventually("all realized", realized, 60_000);
      // The first version of each object is no write of its status.
      const counts = () => [statuses.count - objects.length, entries.count] as const;
      const [ofStatus, ofNodes] = await quiet(counts);
      console.log(
        `200 TrafficControls, 2 nodes: ${ofStatus} writes of status, ${ofNodes} of nodes`,
      );
      // One write for each object, and one more for each node that was late.
      assert.ok(ofStatus >= 200 && ofStatus <= 600, `${ofStatus} writes of status`);
      const between = entries.shortestGap;
      assert.ok(between >= MOST_OFTEN, `${between} ms between two writes of one node's status`);
    },
  ),
);

Deno.test(
  withServer(
    "with a CRD without status, and without that of node statuses, the agent works and says once what is missing",
    async (server) => {
      await forget(server);
      await server.kubectl([
        "delete",
        "crd",
        "trafficcontrolnodestatuses.sluice.dev",
        "trafficcontrols.crd.antrea.io",
      ]); // deno-fmt-ignore
      await applyCRDs(server, antreasCrd());
      await using node = await ClusterNode.start(server, 2);
      await node.tell((node.pods as Two)[0], { app: "web" });
      await apply(server, mirror("plain", "tap0"));
      await node.agent.realized("plain");
      const said = () => node.agent.log.filter((line) => line.includes("Not read"));
      const installed = /is not installed.*sluice crd|does not have its fields.*sluice crd/;
      // It takes a minute at most: the Lease of an earlier test must end, and nodes have time to report.
      await eventually("both are said", () => said().length >= 2, 60_000).catch((error) => {
        throw new Error(`${error.message}\n${node.agent.log.join("\n")}`);
      });
      const quiet = performance.now() + 8000;
      await eventually("eight seconds later", () => performance.now() > quiet, 10_000);
      const lines = said().map((line) => line.replace(/^\S+ /, ""));
      assert.equal(lines.length, 2, lines.join("\n"));
      for (const line of lines) assert.match(line, installed);
      assert.notEqual(lines[0], lines[1]);
    },
  ),
);
