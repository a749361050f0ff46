/** An agent with two sources at once: a folder of manifests and a real API server, each with objects of its own. */
import assert from "node:assert/strict";
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";
import { ClusterNode, forget, installCRDs } from "./cluster.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";

const withServer = apiServerTests(installCRDs);

const mirror = (name: string, port: string) => ({
  apiVersion: "crd.antrea.io/v1alpha2",
  kind: "TrafficControl",
  metadata: { name },
  spec: {
    appliedTo: { podSelector: { matchLabels: { app: "web" } } },
    direction: "Both",
    action: "Mirror",
    targetPort: { ovsInternal: { name: port } },
  },
});

const apply = (server: KubeApiServer, object: object) =>
  server.kubectl(["apply", "-f", "-"], JSON.stringify(object));

Deno.test(
  withServer(
    "objects of a folder and of the API server are realized side by side",
    async (server) => {
      await using node = await ClusterNode.start(server, 2, { args: ["--source", "files"] });
      const [web, db] = node.pods as [TestPod, TestPod];
      const { agent } = node;
      await node.tell(web, { app: "web" });
      await agent.write("local.yaml", mirror("local", "ids0"));
      await apply(server, mirror("central", "ids1"));
      await agent.realized("central", "local");
      const [local, central] = [node.atDevice("ids0"), node.atDevice("ids1")];
      const at = { web: node.at(web), db: node.at(db) };
      await expectFlow({ from: web, to: db }, [[at.db, 1], [local, 1], [central, 1]]);
      await expectFlow({ from: db, to: web }, [[at.web, 1], [local, 1], [central, 1]]);

      // What is in files alone is no business of the API server's: nothing is told of it there.
      await server.kubectl(["wait", "--for=condition=Realized", "tc/central", "--timeout=30s"]);
      const told = await server.kubectl(["get", "tcn", "node1", "-o", "jsonpath={.status}"]);
      assert.match(told, /central/);
      assert.doesNotMatch(told, /local/);

      // Of two objects of one name that of the source named first counts; the other one takes over.
      await agent.write("central.yaml", mirror("central", "ids2"));
      const { issues } = await agent.settled("two of one name", ({ issues }) => issues.length > 0);
      assert.match(issues.join(), /TrafficControl "central": sources kubernetes and files list it/);
      await server.kubectl(["delete", "tc", "central"]);
      const { trafficControls } = await agent.settled(
        "that of the folder",
        (state) => state.trafficControls.some(({ target }) => target === "ids2"),
      );
      assert.deepEqual(trafficControls.map(({ name }) => name), ["central", "local"]);

      // The API server is away, and what the folder says goes on.
      await agent.delete("central.yaml");
      await eventually("one left", async () => (await agent.state()).trafficControls.length === 1);
      await expectFlow({ from: web, to: db }, [[at.db, 1], [local, 1]]);
      await forget(server);
    },
  ),
);

Deno.test(
  withServer(
    "a Pod of the API server does not take the place of one in a trusted folder, which is named last",
    async (server) => {
      await forget(server);
      await using node = await ClusterNode.start(server, 2, { args: ["--source", "files"] });
      const [vm, db] = node.pods as [TestPod, TestPod];
      const { agent } = node;
      const inspect = trafficControl("inspect", {
        appliedTo: app("vm"),
        direction: "Both",
        action: "Redirect",
        targetPort: internal("tap0"),
        returnPort: internal("tap1"),
      });
      await agent.write("vm.yaml", podObject(vm, { app: "vm" }), podObject(db, {}), inspect);
      await agent.realized("inspect");
      await bridgeWire(node.ovs, ["tap0", "tap1"]);
      await eventually("the wire", async () => (await vm.ping(db.ip(), 1)).received === 1);
      const [sensor, arrived] = [node.atDevice("tap0"), node.at(db)];
      await expectFlow({ from: vm, to: db }, [[arrived, 1], [sensor, 1]]);
      await server.must("POST", "/api/v1/namespaces/default/pods", {
        metadata: { name: vm.name },
        spec: { nodeName: "node1", containers: [{ name: "c", image: "i" }] },
      });
      const { issues } = await agent.settled("both", ({ issues }) => issues.length > 0);
      assert.match(issues.join(), /Pod "default\/.*: that of source files counts/);
      await expectFlow({ from: vm, to: db }, [[arrived, 1], [sensor, 1]]);
    },
  ),
);
