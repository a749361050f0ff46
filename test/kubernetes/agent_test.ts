/** The agent with a real API server, a real Open vSwitch and real packets. kubectl does what a user does. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ClusterNode, forget, installCRDs } from "./cluster.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { EXAMPLES } from "../lab/paths.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { collector } from "../lab/tunnel.ts";
import { bridgeWire } from "../lab/wire.ts";

const TCN = "/apis/sluice.dev/v1alpha1/trafficcontrolnodestatuses";
const NAMES = ["mirror-web-app", "mirror-all-to-remote", "redirect-prod-to-local"];

const withServer = apiServerTests(async (server) => {
  await installCRDs(server);
  await server.kubectl(["create", "namespace", "prod"]);
});

/** Waits for `ready` besides the condition: as long as a slow node has not written its status, `Realized` ignores it. */
const realized = async (server: KubeApiServer, name: string) => {
  const wait = (what: string) => server.kubectl(["wait", what, `tc/${name}`, "--timeout=30s"]);
  await wait("--for=condition=Realized");
  await wait("--for=jsonpath={.status.ready}=1/1");
};

Deno.test(
  withServer(
    "the guide's three examples by kubectl: packets, READY, wait, describe, explain",
    async (server, t) => {
      await using node = await ClusterNode.start(server, 3);
      const [web, db, prod] = node.pods as [TestPod, TestPod, TestPod];
      const far = await collector(node.ovs, ["10.0.10.2"]);
      await node.tell(web, { app: "web" });
      await node.tell(db, { app: "db" });
      await node.tell(prod, { app: "shop" }, { namespace: "prod" });
      for (const name of NAMES) {
        await server.kubectl([
          "apply",
          "-f",
          join(EXAMPLES, `${name}.yaml`),
        ]);
      }
      for (const name of NAMES) await realized(server, name);

      await t.step("each packet is where it should be, once", async () => {
        await bridgeWire(node.ovs, ["tap0", "tap1"]);
        const at = { web: node.at(web), db: node.at(db), prod: node.at(prod) };
        const [remote, sensor] = [node.atPlace("collector", far), node.atDevice("tap0")];
        await expectFlow({ from: web, to: db }, [[at.db, 1], [remote, 2], [sensor, 0]]);
        await expectFlow({ from: db, to: web, version: 6 }, [[at.web, 1], [remote, 2], [
          sensor,
          0,
        ]]);
        await expectFlow({ from: db, to: prod }, [[at.prod, 1], [remote, 1], [sensor, 1]]);
        await expectFlow({ from: prod, to: web, version: 6 }, [[at.web, 1], [remote, 2], [
          sensor,
          1,
        ]]);
      });
      await t.step("kubectl get and describe", async () => {
        const rows = (await server.kubectl(["get", "tc"])).trim().split("\n").map((row) =>
          row.split(/\s+/)
        ); // deno-fmt-ignore
        assert.deepEqual(rows.map((row) => row.slice(0, 4)), [
      ["NAME", "ACTION", "TARGET", "READY"],
      ["mirror-all-to-remote", "Mirror", "geneve:10.0.10.2", "1/1"],
      ["mirror-web-app", "Mirror", "vxlan:10.0.10.2", "1/1"],
      ["redirect-prod-to-local", "Redirect", "ovsInternal:tap0", "1/1"],
    ]);
        const described = await server.kubectl(["describe", "tc", "redirect-prod-to-local"]);
        assert.match(described, /Message: +On all 1 nodes with selected Pods/);
        assert.match(described, /Realized Nodes: +1/);
        assert.match(
          await server.kubectl(["get", "tcn"]),
          /^NAME +READY +BRIDGE +VERSION +AGE\nnode1 +3\/3 +br0 +\d+\.\d+\.\d+ /,
        );
      });
      await t.step("the object that the node writes", async () => {
        const { body } = await server.request("GET", `${TCN}/node1`);
        const { version, trafficControls = [], counted, countedAt, ...status } = body.status;
        assert.deepEqual(counted.map((line: string) => line.replace(/ egress .*/, "")), [
          "mirror-all-to-remote copied",
          "mirror-web-app copied",
          "redirect-prod-to-local redirected",
        ]);
        assert.ok(Date.parse(countedAt) <= Date.now());
        assert.deepEqual(trafficControls, []);
        assert.match(version, /^\d+\.\d+\.\d+/);
        assert.deepEqual(status, {
          bridge: "br0",
          ready: "3/3",
          realizedTrafficControls: [
            "mirror-all-to-remote/1",
            "mirror-web-app/1",
            "redirect-prod-to-local/1",
          ],
        });
      });
      await t.step("conditions of a TrafficControl that fails", async () => {
        const bad = await Deno.readTextFile(join(EXAMPLES, "redirect-prod-to-local.yaml"));
        await server.kubectl(
          ["apply", "-f", "-"],
          bad.replaceAll("ovsInternal", "device").replaceAll("tap", "nic"),
        );
        await server.kubectl([
          "wait",
          "--for=condition=DeviceMissing",
          "tc/redirect-prod-to-local",
          "--timeout=30s",
        ]);
        const { body } = await server.request("GET", `${TCN}/node1`);
        const of = (name: string) => `Device "${name}" does not exist on the node: create it`;
        assert.equal(body.status.ready, "2/3");
        assert.deepEqual(body.status.trafficControls, [{
          name: "redirect-prod-to-local",
          observedGeneration: 2,
          realized: false,
          reason: "DeviceMissing",
          message: of("nic0"),
          cure: "create it",
          conditions: [{ type: "DeviceMissing", message: of("nic0"), cure: "create it" }],
          pods: 1,
          ports: ["nic0", "nic1"],
        }]);
      });
      await t.step("kubectl explain", async () => {
        const explained = await server.kubectl(["explain", "tc.spec.targetPort.erspan"]);
        assert.match(explained, /FIELD: erspan <Object>/);
        assert.match(explained, /DESCRIPTION:\n +\S+/);
        assert.match(explained, /index\t<integer>\n +\S+/);
      });
      await t.step("after kubectl delete nothing is left", async () => {
        await server.kubectl(["delete", "tc", "--all"]);
        await node.agent.settled("gone", ({ flows, ports }) => flows === 0 && ports.length === 0);
      });
      await forget(server);
    },
  ),
);
