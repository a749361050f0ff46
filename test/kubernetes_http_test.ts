/** What the API server may answer: overload, errors, forgotten versions, slow streams. The agent copes, and does not press. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { app, internal, sluice, trafficControl } from "./agent.ts";
import { ClusterNode, forget } from "./cluster.ts";
import { HttpFaults } from "./http_faults.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { eventually } from "./ovs.ts";

const withServer = apiServerTests(async (server) => {
  const crds = await sluice(undefined, "crd");
  await server.kubectl(["apply", "--server-side", "-f", "-"], crds.stdout);
  await server.kubectl(["wait", "--for=condition=Established", "crd", "--all"]);
  await server.kubectl(["create", "namespace", "sluice-system"]);
});

const mirrorTo = (server: KubeApiServer, port: string) =>
  server.kubectl(
    ["apply", "-f", "-"],
    JSON.stringify(
      trafficControl("m", {
        appliedTo: app("web"),
        direction: "Both",
        action: "Mirror",
        targetPort: internal(port),
      }),
    ),
  ); // deno-fmt-ignore
/** Of TrafficControls. */
const [LIST, WATCH] = [/trafficcontrols\?limit/, /trafficcontrols\?watch/];
const hasTarget = (node: ClusterNode, port: string) =>
  node.agent.settled(port, ({ trafficControls: [m] }) => m?.target === port && m.realized);

Deno.test(
  withServer(
    "429, 500, 410, a slow stream: it copes with each, and does not press",
    async (server, t) => {
      await forget(server);
      await using faults = await HttpFaults.start(server);
      await using node = await ClusterNode.start(server, 1, { url: faults.url });
      await node.tell(node.pods[0]!, { app: "web" });
      await mirrorTo(server, "tap0");
      await hasTarget(node, "tap0");

      await t.step("a version that is forgotten: a list, at once", async () => {
        const from = faults.requests.length;
        await faults.expire(WATCH);
        await mirrorTo(server, "tap1");
        await hasTarget(node, "tap1");
        assert.equal(faults.seen(LIST, from).length, 1);
      });
      await t.step("429 with Retry-After: it waits for so long", async () => {
        faults.answer({
          status: 429,
          headers: { "retry-after": "3" },
          times: 1,
          of: LIST,
        });
        const from = faults.requests.length;
        await faults.expire(WATCH);
        await mirrorTo(server, "tap2");
        await hasTarget(node, "tap2");
        const [first, second] = faults.seen(LIST, from);
        assert.ok(second!.at - first!.at >= 2900, `${second!.at - first!.at} ms`);
      });
      await t.step("500 for a while: it is said, and heals", async () => {
        faults.answer({ status: 500, times: 4, of: /trafficcontrols\?(limit|.*watch)/ });
        await faults.expire(WATCH);
        await eventually(
          "it is said",
          async () =>
            /TrafficControls: Cannot GET .*: 500 fault 500/.test(
              (await node.agent.state()).issues.join(),
            ),
        ); // deno-fmt-ignore
        await mirrorTo(server, "tap3");
        await hasTarget(node, "tap3");
        await eventually("no issue", async () => (await node.agent.state()).issues.length === 0);
      });
      await t.step("a stream that trickles, cut anywhere", async () => {
        faults.slow(7);
        await faults.expire(WATCH);
        await mirrorTo(server, "tap4");
        await hasTarget(node, "tap4");
        faults.slow();
      });
      await t.step("401: the file is read again, and has another token", async () => {
        await server.kubectl(["create", "serviceaccount", "agent"]);
        const admin = ["--clusterrole=cluster-admin", "--serviceaccount=default:agent"];
        await server.kubectl(["create", "clusterrolebinding", "agent", ...admin]);
        const token = (await server.kubectl(["create", "token", "agent"])).trim();
        const file = join(node.ovs.dir, "kubeconfig");
        const before = await Deno.readTextFile(file);
        await Deno.writeTextFile(`${file}.new`, before.replace(server.token, token));
        await Deno.rename(`${file}.new`, file);
        faults.revoke(server.token);
        await faults.expire(WATCH);
        await mirrorTo(server, "tap5");
        await hasTarget(node, "tap5");
        await eventually("no issue", async () => (await node.agent.state()).issues.length === 0);
      });
    },
  ),
);
