/** What the API server may answer: overload, errors, forgotten versions, slow streams. The agent copes, and does not press. */
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
/** Of TrafficControls. */
const [LIST, WATCH] = [/trafficcontrols\?limit/, /trafficcontrols\?watch/];
const hasTarget = (node: ClusterNode, port: string) =>
  node.agent.settled(port, ({ trafficControls: [m] }) => m?.target === port && m.realized);

/** 8 MB that each list of Namespaces brings, and of which nothing is used. */
const BALLAST = { namespaces: 80, bytes: 100_000 } as const;
/** Megabytes of the agent's heap: it ends if it needs more. */
const HEAP = 120;
/** If one were kept of each, the heap would be too small. */
const LISTS = 18;

Deno.test(
  withServer(
    "lists, errors and cuts again and again, in a small heap: nothing of them is kept",
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
        await faults.bookmark(watches, metadata.resourceVersion); // it goes well: no pauses
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
