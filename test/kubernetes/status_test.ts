/** What agents write to the API server: conditions, Events and node statuses; and which issues they report. */
import assert from "node:assert/strict";
import { ApiServer } from "../../plugins/sources/kubernetes/api_server.ts";
import { Events, type Happening } from "../../plugins/sources/kubernetes/events.ts";
import { app, internal, trafficControl } from "../lab/agent.ts";
import { NODE_STATUS_CRD } from "../../core/crd/node_status_crd.ts";
import { applyCRDs, ClusterNode, forget, installCRDs } from "./cluster.ts";
import { HttpFaults } from "./http_faults.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";

const withServer = apiServerTests(installCRDs);
const EVENTS = "/api/v1/namespaces/default/events";
const TC = "/apis/crd.antrea.io/v1alpha2/trafficcontrols";
const TCN = "/apis/sluice.dev/v1alpha1/trafficcontrolnodestatuses";
const LEASE = "/apis/coordination.k8s.io/v1/namespaces/sluice-system/leases/sluice-leader";

const control = (name: string, spec: object) =>
  trafficControl(name, { appliedTo: app("web"), direction: "Both", ...spec });
const mirror = (name: string, targetPort: object) =>
  control(name, { action: "Mirror", targetPort });
const redirect = (name: string, target: string, returned: string) =>
  control(name, {
    action: "Redirect",
    targetPort: internal(target),
    returnPort: internal(returned),
  });
const apply = (server: KubeApiServer, object: object) =>
  server.kubectl(["apply", "-f", "-"], JSON.stringify(object));
const wait = (server: KubeApiServer, condition: string, name: string) =>
  server.kubectl(["wait", `--for=${condition}`, `tc/${name}`, "--timeout=30s"]);

/** One node. The label `app` of its first Pod is `web`. */
async function started(server: KubeApiServer, url?: string): Promise<ClusterNode> {
  await forget(server);
  await server.request("DELETE", LEASE);
  const node = await ClusterNode.start(server, 2, url === undefined ? {} : { url });
  await node.tell((node.pods as [TestPod])[0], { app: "web" });
  return node;
}

/** Reason, count and message of all Events. */
async function events(server: KubeApiServer): Promise<[string, number, string][]> {
  const { body } = await server.request("GET", EVENTS);
  // deno-lint-ignore no-explicit-any -- Events
  return body.items.map(({ reason, count, message }: any) => [reason, count, message]).sort();
}

Deno.test(
  withServer(
    "an older redirect and an object that agents refuse: users can wait for the conditions",
    async (server, t) => {
      await using _node = await started(server);
      await t.step("a redirect is Superseded until the older one is deleted", async () => {
        await apply(server, redirect("a", "tap0", "tap1"));
        await wait(server, "jsonpath={.status.ready}=1/1", "a");
        await apply(server, redirect("b", "tap2", "tap3"));
        await wait(server, "condition=Superseded", "b");
        await wait(server, "condition=Realized=false", "b");
        await server.kubectl(["delete", "tc", "a"]);
        await wait(server, "condition=Superseded=false", "b");
        await wait(server, "jsonpath={.status.ready}=1/1", "b");
      });
      await t.step("Accepted=False: the server accepts an object that agents refuse", async () => {
        const selector = { matchLabels: { "a b": "c" } };
        const object = { ...mirror("odd", internal("tap5")) } as { spec: object };
        await apply(server, {
          ...object,
          spec: { ...object.spec, appliedTo: { podSelector: selector } },
        });
        await wait(server, "condition=Accepted=false", "odd");
        const { body } = await server.request("GET", `${TC}/odd`);
        // deno-lint-ignore no-explicit-any -- conditions
        const accepted = body.status.conditions.find(({ type }: any) => type === "Accepted");
        assert.match(
          accepted.message,
          /^node1: .*appliedTo\/podSelector\/matchLabels.*a b/,
        );
      });
    },
  ),
);

Deno.test(
  withServer("there is one Event for each reason, with a count", async (server) => {
    await forget(server);
    using client = await ApiServer.from(server.kubeconfig);
    const { signal } = new AbortController();
    const control = { name: "m", uid: "11111111-2222-3333-4444-555555555555" };
    const away = (message: string): Happening => ({
      type: "Warning",
      reason: "DeviceMissing",
      message,
    });
    const back: Happening = { type: "Normal", reason: "Realized", message: "On all 1 nodes" };
    const told = new Events(client, 0);
    for (const happening of [away("one"), back, away("two")]) {
      await told.tell(control, happening, signal);
    }
    assert.deepEqual(await events(server), [["DeviceMissing", 2, "two"], [
      "Realized",
      1,
      "On all 1 nodes",
    ]]);
    // A new leader does not know the count. An Event that comes too soon after the last one is not written.
    await new Events(client, 60_000).tell(control, away("three"), signal);
    const often = new Events(client, 60_000);
    await often.tell(control, away("four"), signal);
    await often.tell(control, away("five"), signal);
    assert.deepEqual((await events(server)).map(([reason, , message]) => [reason, message]), [
      ["DeviceMissing", "four"],
      ["Realized", "On all 1 nodes"],
    ]);
    // The server deletes Events after an hour; then the next one is written anew.
    await server.kubectl(["delete", "events", "--all"]);
    await told.tell(control, away("six"), signal);
    assert.deepEqual((await events(server)).map(([, , message]) => message), ["six"]);
  }),
);

Deno.test(
  withServer(
    "an Event and statuses that the server refuses at first are written later, after the pause that it asks for",
    async (server) => {
      await using faults = await HttpFaults.start(server);
      await using node = await started(server, faults.url);
      faults.answer({ status: 503, times: 1, of: /POST .*\/events/ });
      const asked = 3;
      faults.answer({
        status: 429,
        headers: { "retry-after": `${asked}` },
        times: 2,
        of: /PATCH .*trafficcontrolnodestatuses/,
      });
      await apply(server, mirror("bad", { device: { name: "nowhere" } }));
      const seen = () => events(server);
      await eventually("the Event", async () => (await seen()).length > 0, 30_000);
      assert.deepEqual((await seen()).map(([reason, count]) => [reason, count]), [[
        "DeviceMissing",
        1,
      ]]);
      const writes = faults.requests.filter(({ what }) =>
        what.startsWith("PATCH") && what.includes(TCN)
      );
      const pauses = writes.slice(1, 3).map(({ at }, index) => at - writes[index]!.at);
      assert.equal(pauses.length, 2);
      for (const pause of pauses) assert.ok(pause >= asked * 1000 - 50, `${pauses}`);
      await eventually(
        "no complaint",
        async () => (await node.agent.state()).issues.length === 0,
        30_000,
      );
    },
  ),
);

Deno.test(
  withServer("Realized waits for a node that writes its status late", async (server) => {
    await using faults = await HttpFaults.start(server);
    await using _node = await started(server, faults.url);
    await eventually(
      "its first word",
      async () => (await server.request("GET", `${TCN}/node1`)).status === 200,
      30_000,
    );
    faults.answer({
      status: 429,
      headers: { "retry-after": "3" },
      times: 1,
      of: /PATCH .*trafficcontrolnodestatuses/,
    });
    await apply(server, mirror("m", internal("tap0")));
    await wait(server, "condition=Realized", "m");
    assert.equal((await server.request("GET", `${TC}/m`)).body.status.ready, "1/1");
  }),
);

Deno.test(
  withServer(
    "an agent that does not lead drops its issue about the Lease when the server is back",
    async (server) => {
      await using leader = await started(server);
      await eventually(
        "a leader",
        async () => (await server.request("GET", LEASE)).status === 200,
        30_000,
      );
      await using follower = await ClusterNode.start(server, 1, { name: "node2" });
      await leader.agent.settled("it", () => true);
      await follower.agent.settled("it", () => true);
      await eventually(
        "node2's word",
        async () => (await server.request("GET", `${TCN}/node2`)).status === 200,
        30_000,
      );
      await follower.relay.down();
      const issues = async () => (await follower.agent.state()).issues;
      await eventually(
        "complaints",
        async () => (await issues()).some((each) => each.startsWith("Lease: ")),
        30_000,
      );
      follower.relay.up();
      await eventually("no complaint", async () => (await issues()).length === 0, 30_000);
    },
  ),
);

/** Whether the API server accepts a TrafficControlNodeStatus with the field `cure`. */
async function takesCures(server: KubeApiServer): Promise<boolean> {
  const object = {
    apiVersion: "sluice.dev/v1alpha1",
    kind: "TrafficControlNodeStatus",
    metadata: { name: "probe" },
    status: { trafficControls: [{ name: "m", realized: false, cure: "create it" }] },
  };
  const args = ["apply", "--server-side", "--dry-run=server", "-f", "-"];
  return (await server.tryKubectl(args, JSON.stringify(object))).code === 0;
}

Deno.test(
  withServer(
    "a node's status as the installed CRD takes it: an earlier one has no cures, and an entry for each TrafficControl",
    async (server) => {
      const counts = ["counted", "countedAt"]; // node_status_test.ts has them
      const newFields = [...counts, "cure", "leftOut", "ready", "realizedTrafficControls"];
      const earlier = JSON.stringify(
        NODE_STATUS_CRD,
        (key, value) => newFields.includes(key) ? undefined : value,
      );
      await using _node = await started(server);
      const message = 'Device "nowhere" does not exist on the node: create it';
      const [bare, apart] = [{ message }, { message, cure: "create it" }];
      const entry = async () => {
        const { body } = await server.request("GET", `${TCN}/node1`);
        return body.status?.trafficControls?.[0];
      };
      const isSaid = async (name: string, text: object) => {
        await apply(server, mirror(name, { device: { name: "nowhere" } }));
        await wait(server, "condition=DeviceMissing", name);
        const found = await eventually("it", async () => {
          const found = await entry();
          return found?.name === name && found;
        });
        const { reason, message, cure, conditions } = found;
        assert.deepEqual(
          { reason, message, ...(cure !== undefined && { cure }), conditions },
          { reason: "DeviceMissing", ...text, conditions: [{ type: "DeviceMissing", ...text }] },
        );
        await server.kubectl(["delete", "tc", name]);
        await eventually("nothing", async () => await entry() === undefined);
      };
      const isRealized = async (name: string, expected: object) => {
        await apply(server, mirror(name, internal("tap0")));
        await wait(server, "jsonpath={.status.ready}=1/1", name);
        const { body: { status: { trafficControls = [], ...more } } } = await server.request(
          "GET",
          `${TCN}/node1`,
        );
        const ofNode = ["bridge", "version", ...counts];
        const status = Object.entries(more).filter(([field]) => !ofNode.includes(field));
        assert.deepEqual({ trafficControls, ...Object.fromEntries(status) }, expected);
        await server.kubectl(["delete", "tc", name]);
      };
      const entryOf = (name: string) => ({
        name,
        observedGeneration: 1,
        realized: true,
        pods: 1,
        ports: ["tap0"],
      });
      await isRealized("first", {
        ready: "1/1",
        realizedTrafficControls: ["first/1"],
        trafficControls: [],
      });
      await isSaid("new", apart);
      try {
        await applyCRDs(server, earlier);
        await eventually("the CRD", async () => !await takesCures(server));
        await isSaid("old", bare);
        await isRealized("second", { trafficControls: [entryOf("second")] });
      } finally {
        await applyCRDs(server, JSON.stringify(NODE_STATUS_CRD));
      }
      await eventually("the CRD", () => takesCures(server));
      await isSaid("again", apart);
    },
  ),
);
