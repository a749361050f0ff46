/**
 * The API server answers with overload, errors, forgotten versions and slow streams. The agent works on, and does not
 * send more requests because of that.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { app, internal, TestAgent, trafficControl } from "../lab/agent.ts";
import { ClusterNode, forget, installCRDs } from "./cluster.ts";
import { HttpFaults } from "./http_faults.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { kubeconfig } from "./server_files.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { Relay } from "../lab/relay.ts";

const withServer = apiServerTests(installCRDs);

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
/** Requests for TrafficControls. */
const [LIST, WATCH] = [/trafficcontrols\?limit/, /trafficcontrols\?watch/];
const hasTarget = (node: ClusterNode, port: string) =>
  node.agent.settled(port, ({ trafficControls: [m] }) => m?.target === port && m.realized);

/** Annotations of Namespaces, 8 MB in each list. The agent does not use them. */
const BALLAST = { namespaces: 80, bytes: 100_000 } as const;
/** Size of the agent's heap in megabytes. The agent would end if it needed more. */
const HEAP = 120;
/** Number of lists. An agent that kept a copy of each would need more than its heap. */
const LISTS = 18;

Deno.test(
  withServer(
    "many lists, errors and cut watches do not fill a small heap",
    async (server) => {
      await forget(server);
      const annotations = { ballast: "x".repeat(BALLAST.bytes) };
      for (let index = 0; index < BALLAST.namespaces; index++) {
        await server.must("POST", "/api/v1/namespaces", {
          metadata: { name: `ballast-${index}`, annotations },
        });
      }
      const { metadata } = await server.must("GET", "/api/v1/namespaces?limit=1");
      await using faults = await HttpFaults.start(server);
      await using ovs = await PrivateOvs.start({ datapath: "dummy" });
      await using relay = Relay.start(ovs.netns, Number(new URL(faults.url).port));
      const file = join(ovs.dir, "kubeconfig");
      const url = `http://127.0.0.1:${relay.port}`;
      await Deno.writeTextFile(file, JSON.stringify(kubeconfig(server, { url })));
      const source = ["--source", "kubernetes", "--kubeconfig", file, "--node", "node1"];
      const env = { DENO_V8_FLAGS: `--max-old-space-size=${HEAP}` };
      await using agent = await TestAgent.start(ovs, [], source, { env });
      const watches = /namespaces\?watch/;
      for (let times = 0; times < LISTS; times++) {
        await faults.bookmark(watches, metadata.resourceVersion); // a success, so that pauses do not grow
        faults.answer({ status: 500, times: 1, of: watches });
        await faults.expire(watches);
      }
      await faults.watched(watches);
      assert.ok(faults.seen(/namespaces\?limit/).length > LISTS);
      assert.equal((await agent.get("/healthz")).status, 200);
    },
  ),
);

Deno.test(
  withServer(
    "429, 500, 410 and a slow stream: the agent works on, and sends no more requests because of that",
    async (server, t) => {
      await forget(server);
      await using faults = await HttpFaults.start(server);
      await using node = await ClusterNode.start(server, 1, { url: faults.url });
      await node.tell(node.pods[0]!, { app: "web" });
      await mirrorTo(server, "tap0");
      await hasTarget(node, "tap0");

      await t.step("when the server has forgotten a version, the agent lists at once", async () => {
        const from = faults.requests.length;
        await faults.expire(WATCH);
        await mirrorTo(server, "tap1");
        await hasTarget(node, "tap1");
        assert.equal(faults.seen(LIST, from).length, 1);
      });
      await t.step("after 429 the agent waits as long as Retry-After says", async () => {
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
      await t.step("500 for a while is an issue, until it is over", async () => {
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
      await t.step("a slow stream in small pieces", async () => {
        faults.slow(7);
        await faults.expire(WATCH);
        await mirrorTo(server, "tap4");
        await hasTarget(node, "tap4");
        faults.slow();
      });
      await t.step(
        "after 401 the agent reads the file again, which has another token",
        async () => {
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
        },
      );
    },
  ),
);
