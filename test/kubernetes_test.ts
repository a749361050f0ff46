/** The agent with a real API server, real Open vSwitch and real packets; kubectl does the user's part. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { sluice } from "./agent.ts";
import { ClusterNode, forget } from "./cluster.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import type { TestPod } from "./pod.ts";
import { expectFlow } from "./traffic.ts";
import { collector } from "./tunnel.ts";
import { bridgeWire } from "./wire.ts";

const EXAMPLES = join(import.meta.dirname!, "..", "docs", "examples");
const NAMES = ["mirror-web-app", "mirror-all-to-remote", "redirect-prod-to-local"];

const withServer = apiServerTests(async (server) => {
  const crds = await sluice(undefined, "crd");
  await server.kubectl(["apply", "--server-side", "-f", "-"], crds.stdout);
  await server.kubectl(["wait", "--for=condition=Established", "crd", "--all"]);
  for (const name of ["sluice-system", "prod"]) await server.kubectl(["create", "namespace", name]);
});

const realized = (server: KubeApiServer, name: string) =>
  server.kubectl(["wait", "--for=condition=Realized", `tc/${name}`, "--timeout=20s"]);

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
      ["NAME", "ACTION", "DIRECTION", "READY"],
      ["mirror-all-to-remote", "Mirror", "Both", "1/1"],
      ["mirror-web-app", "Mirror", "Both", "1/1"],
      ["redirect-prod-to-local", "Redirect", "Both", "1/1"],
    ]);
        const described = await server.kubectl(["describe", "tc", "redirect-prod-to-local"]);
        assert.match(described, /Message: +On all 1 nodes with selected Pods/);
        assert.match(described, /Realized Nodes: +1/);
        const node1 = await server.kubectl([
          "get",
          "tcn",
          "node1",
          "-o",
          "jsonpath={.status.trafficControls[*].pods}",
        ]); // deno-fmt-ignore
        assert.equal(node1, "3 1 1");
      });
      await t.step("kubectl explain", async () => {
        const explained = await server.kubectl(["explain", "tc.spec.targetPort.erspan"]);
        assert.match(explained, /FIELD: erspan <Object>/);
        assert.match(explained, /DESCRIPTION:\n +\S+/);
        assert.match(explained, /index\t<integer>\n +\S+/);
      });
      await t.step("deleted by kubectl: nothing is left", async () => {
        await server.kubectl(["delete", "tc", "--all"]);
        await node.agent.settled("gone", ({ flows, ports }) => flows === 0 && ports.length === 0);
      });
      await forget(server);
    },
  ),
);
