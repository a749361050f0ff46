/** `rules` beside Antrea's own CRD: a field is refused or dropped, the annotation has its effect, and the doctor says so. */
import assert from "node:assert/strict";
import { app, internal, sluice, trafficControl } from "../lab/agent.ts";
import type { FrameOptions } from "../lab/frames.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { parseReport } from "../doctor/patient.ts";
import { antreasCrd } from "./antreas_crd.ts";
import { applyCRDs, ClusterNode, installCRDs } from "./cluster.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { kubeconfig } from "./server_files.ts";

const withServer = apiServerTests(installCRDs);
const PATH = "/apis/crd.antrea.io/v1alpha2/trafficcontrols";
const SCHEMAS = "/openapi/v3/apis/crd.antrea.io/v1alpha2";
const [WEB_PORT, OTHER_PORT, CLIENT_PORT] = [80, 443, 40_000] as const;
const RULES = [{ action: "Include", protocol: "TCP", podPorts: [{ port: WEB_PORT }] }];

const tcp = (from: number, to: number): Partial<FrameOptions> => ({
  transport: { protocol: "tcp", from, to },
});
const mirror = (more: object) =>
  trafficControl("m", {
    appliedTo: app("web"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal("tap0"),
    ...more,
  });

/** What the doctor says of the fields of TrafficControls. */
async function ofFields(server: KubeApiServer, folder: string) {
  const file = `${folder}/kubeconfig-doctor`;
  const { url, token } = server;
  await Deno.writeTextFile(file, JSON.stringify(kubeconfig(server, { url, user: { token } })));
  const source = ["--source", "kubernetes", "--kubeconfig", file, "--node", "node1"];
  const nowhere = ["--ovsdb", "unix:/nowhere/db.sock", "--listen", "127.0.0.1:1"];
  const report = parseReport(
    await sluice(undefined, "doctor", ...source, ...nowhere, "-o", "json"),
  );
  return report.findings.filter(({ check }) => check === "api-fields");
}

/** Waits until the server tells the CRD's schema. @param hasRules Whether that knows `rules`. */
const schemaTold = (server: KubeApiServer, hasRules: boolean) =>
  eventually("the schema", async () => {
    const { status, body } = await server.request("GET", SCHEMAS);
    return status === 200 && JSON.stringify(body).includes('"rules":') === hasRules;
  });

Deno.test(
  withServer("Antrea's CRD has no rules: the annotation has its effect", async (server, t) => {
    await t.step("Sluice's CRD keeps all fields", async () => {
      await schemaTold(server, true);
      assert.deepEqual((await ofFields(server, server.dir)).map(({ level }) => level), ["ok"]);
    });
    await applyCRDs(server, antreasCrd());
    await t.step("the doctor names the fields that are dropped, and their annotation", async () => {
      await schemaTold(server, false);
      const [found, ...more] = await ofFields(server, server.dir);
      assert.deepEqual([found!.level, more], ["warning", []]);
      assert.match(found!.message, /drops these fields .*: .*additionalPorts, .*\brules, .*/);
      assert.match(found!.cure!, /annotations .*sluice\.dev\/active-deadline-seconds/);
    });
    await t.step("kubectl refuses the field", async () => {
      const object = JSON.stringify(mirror({ rules: RULES }));
      const { code, stderr } = await server.tryKubectl(["apply", "-f", "-"], object);
      assert.equal(code, 1);
      assert.match(stderr, /unknown field "spec\.rules"/);
    });
    await using node = await ClusterNode.start(server, 2);
    const [web, peer] = node.pods as [TestPod, TestPod];
    await node.tell(web, { app: "web" });
    await node.tell(peer, {});
    const expect = async (copies: Readonly<Record<number, 0 | 1>>) => {
      await node.ovs.emptyCache();
      for (const port of [WEB_PORT, OTHER_PORT]) {
        const request = { from: peer, to: web, frame: tcp(CLIENT_PORT, port) };
        const answer = { from: web, to: peer, frame: tcp(port, CLIENT_PORT) };
        const copied = [node.atDevice("tap0"), copies[port]!] as const;
        await expectFlow(request, [[node.at(web), 1], copied]);
        await expectFlow(answer, [[node.at(peer), 1], copied]);
      }
    };
    await t.step("a client that does not ask loses it: all packets are copied", async () => {
      const object = mirror({ rules: RULES });
      const { spec } = await server.must("POST", `${PATH}?fieldValidation=Ignore`, object);
      assert.equal(spec.rules, undefined);
      await node.agent.realized("m");
      await expect({ [WEB_PORT]: 1, [OTHER_PORT]: 1 });
    });
    const filters = async () => (await node.ovs.ofctl("dump-flows", "br0")).includes("tp_dst=80");
    await t.step("the annotation", async () => {
      await server.kubectl(["annotate", "tc", "m", `sluice.dev/rules=${JSON.stringify(RULES)}`]);
      await eventually("the rules' flows", filters);
      await expect({ [WEB_PORT]: 1, [OTHER_PORT]: 0 });
    });
    await t.step("a wrong annotation changes nothing, and is said", async () => {
      const wrong = 'sluice.dev/rules=[{"action":"Drop"}]';
      await server.kubectl(["annotate", "tc", "m", "--overwrite", wrong]);
      await node.agent.settled(
        "Invalid",
        ({ trafficControls: [m] }) => m!.conditions.some(({ reason }) => reason === "Invalid"),
      );
      await expect({ [WEB_PORT]: 1, [OTHER_PORT]: 0 });
    });
    await t.step("no annotation any more", async () => {
      await server.kubectl(["annotate", "tc", "m", "sluice.dev/rules-"]);
      await eventually("no flows of rules", async () => !await filters());
      await expect({ [WEB_PORT]: 1, [OTHER_PORT]: 1 });
    });
  }),
);
