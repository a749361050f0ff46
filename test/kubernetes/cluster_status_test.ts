/** `sluice status --cluster` sums up all nodes from a real API server, with the rights of whoever asks, and no agent. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { app, internal, sluice, trafficControl } from "../lab/agent.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { ipIn, type Ran } from "../lab/run.ts";
import { ClusterNode, forget, installCRDs } from "./cluster.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";

const withServer = apiServerTests(installCRDs);
const LEASE = "/apis/coordination.k8s.io/v1/namespaces/sluice-system/leases/sluice-leader";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const [DEVICE, FAR_END] = ["eno9", "far9"];

const mirror = (name: string, targetPort: object) =>
  trafficControl(name, { appliedTo: app("web"), direction: "Both", action: "Mirror", targetPort });
const apply = (server: KubeApiServer, object: object) =>
  server.kubectl(["apply", "-f", "-"], JSON.stringify(object));

/** A kubeconfig with a context for each of these users, and none that is the current one. */
async function contexts(server: KubeApiServer, ...users: readonly string[]): Promise<string> {
  const file = join(server.dir, "contexts.yaml");
  const cluster = { server: server.url, "certificate-authority": server.caFile };
  const token = { token: server.token };
  await Deno.writeTextFile(
    file,
    JSON.stringify({
      clusters: [{ name: "c", cluster }],
      users: [
        { name: "admin", user: token },
        ...users.map((name) => ({ name, user: { ...token, as: name } })),
      ],
      contexts: ["admin", ...users].map((name) => ({
        name,
        context: { cluster: "c", user: name },
      })),
    }),
  );
  return file;
}

/** Lets a user read what agents write, and nothing else. */
async function permit(server: KubeApiServer, name: string): Promise<void> {
  const verbs = ["list"];
  await server.must("POST", `${RBAC}/clusterroles`, {
    metadata: { name },
    rules: [
      { apiGroups: ["crd.antrea.io"], resources: ["trafficcontrols"], verbs },
      { apiGroups: ["sluice.dev"], resources: ["trafficcontrolnodestatuses"], verbs },
    ],
  });
  await server.must("POST", `${RBAC}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    subjects: [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name }],
  });
}

/** Two nodes with a Pod each, of which only the first one has the device. */
async function twoNodes(server: KubeApiServer): Promise<AsyncDisposable> {
  await forget(server);
  await server.request("DELETE", LEASE);
  const stack = new AsyncDisposableStack();
  for (const [at, name] of ["node1", "node2"].entries()) {
    const node = stack.use(await ClusterNode.start(server, 2, { name }));
    if (at === 0) {
      const { netns } = node.ovs;
      await ipIn(netns, "link", "add", "name", DEVICE, "type", "veth", "peer", "name", FAR_END);
      for (const end of [DEVICE, FAR_END]) await ipIn(netns, "link", "set", "dev", end, "up");
    }
    await node.tell((node.pods as TestPod[])[at]!, { app: "web" });
  }
  return stack;
}

const ask = (file: string, context: string, ...args: readonly string[]): Promise<Ran> =>
  sluice(undefined, "status", "--cluster", "--kubeconfig", file, "--context", context, ...args);

async function stateOf(file: string, context: string) {
  const { code, stdout, stderr } = await ask(file, context, "-o", "json");
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

Deno.test(
  withServer("the whole cluster at a glance, with the user's own rights", async (server, t) => {
    await using _nodes = await twoNodes(server);
    const file = await contexts(server, "viewer", "stranger");
    await permit(server, "viewer");
    for (const name of ["node1", "node2", "node3"]) {
      await server.request("POST", "/api/v1/nodes", { metadata: { name } });
    }
    await apply(server, mirror("good", internal("tap0")));
    await apply(server, mirror("half", { device: { name: DEVICE } }));
    const settled = await eventually("both nodes", async () => {
      const state = await stateOf(file, "admin");
      const ready = state.trafficControls.map(({ ready }: { ready: string }) => ready).join();
      return ready === "2/2,1/2" && state.trafficControls[0].verdict?.isRealized &&
        state.trafficControls[1].verdict?.reason === "DeviceMissing" && state;
    }, 60_000);
    await t.step("as JSON", () => {
      const { reporting, ready, notReady, silent, trafficControls, nodes } = settled;
      assert.deepEqual([reporting, ready, notReady, silent], [2, 1, 1, ["node3"]]);
      const [good, half] = trafficControls;
      assert.deepEqual([good.realized, good.notReadyOn, good.conditions], ["yes", [], []]);
      assert.deepEqual([half.realized, half.notReadyOn], ["DeviceMissing", ["node2"]]);
      assert.deepEqual(half.conditions, [{
        reason: "DeviceMissing",
        message: `Device "${DEVICE}" does not exist on the node`,
        cure: "create it",
        severity: "problem",
        nodes: ["node2"],
      }]);
      assert.deepEqual(
        nodes.map(({ name, ready }: { name: string; ready: string }) => [name, ready]),
        [
          ["node1", "2/2"],
          ["node2", "1/2"],
        ],
      );
    });
    await t.step("as text, and as YAML that says the same as JSON", async () => {
      const { stdout } = await ask(file, "admin");
      assert.match(
        stdout,
        /^Cluster https:\S+: 2 nodes report, 1 ready, 1 not ready, 1 without a report\n\nProblems\n/,
      );
      assert.match(
        stdout,
        /^ {2}problem: half: DeviceMissing on node2: Device "eno9" does not exist on the node: create it$/m,
      );
      assert.match(stdout, /^ {2}warning: node3 does not report: run "kubectl get pods /m);
      assert.match(stdout, /^half +1\/2 +DeviceMissing +node2$/m);
      assert.match(stdout, /^good +2\/2 +yes +-$/m);
      assert.match(stdout, /^node2 +1\/2 +br0 +\d/m);
      assert.ok(!stdout.includes("\x1b"));
      assert.deepEqual(parse((await ask(file, "admin", "-o", "yaml")).stdout), settled);
    });
    await t.step("a user who may not list nodes is told so, and all else", async () => {
      const { trafficControls, silent } = await stateOf(file, "viewer");
      assert.deepEqual([trafficControls.length, silent], [2, undefined]);
      assert.match(
        (await ask(file, "viewer")).stdout,
        /^It is not known which nodes do not report/m,
      );
    });
    await t.step("a user without rights, and a context that is not there, are errors", async () => {
      const stranger = await ask(file, "stranger");
      assert.deepEqual([stranger.code, stranger.stdout], [1, ""]);
      assert.match(stranger.stderr, /^sluice: Cannot GET \/apis\/\S+: 403 .*forbidden/);
      const nowhere = await ask(file, "nowhere");
      assert.equal(nowhere.code, 1);
      assert.match(
        nowhere.stderr,
        /^sluice: Cannot use kubeconfig ".*": it has no context "nowhere"/,
      );
      const alone = await sluice(undefined, "status", "--context", "admin");
      assert.match(alone.stderr, /^sluice: Cannot use --context without --cluster/);
    });
    await t.step("a change of the object counts until each node has realized it", async () => {
      await server.kubectl(["delete", "tc", "half"]);
      await eventually("one TrafficControl, and both nodes ready", async () => {
        const { trafficControls, ready } = await stateOf(file, "admin");
        return trafficControls.length === 1 && ready === 2;
      }, 30_000);
    });
  }),
);
