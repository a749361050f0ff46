/** Tenants of a cluster, who may write Pods and nothing else. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { app, internal, trafficControl } from "../lab/agent.ts";
import { ROOT } from "../lab/paths.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { eventually } from "../lab/ovs.ts";
import { bridgeWire } from "../lab/wire.ts";
import { ClusterNode, forget, installCRDs, type PodPlace } from "./cluster.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";

const withServer = apiServerTests(installCRDs);
const PODS = "/api/v1/namespaces/default/pods";
type Three = [TestPod, TestPod, TestPod];

const mirror = trafficControl("m", {
  appliedTo: app("seen"),
  direction: "Both",
  action: "Mirror",
  targetPort: internal("tap0"),
});
const apply = (server: KubeApiServer, object: object) =>
  server.kubectl(["apply", "-f", "-"], JSON.stringify(object));
const claim = ({ name, mac }: TestPod) => ({ "sluice.dev/ovs-port": name, "sluice.dev/mac": mac });
const annotate = (server: KubeApiServer, pod: string, annotations: PodPlace["annotations"] = {}) =>
  server.kubectl([
    "annotate",
    "--overwrite",
    "pod",
    pod,
    ...Object.entries(annotations).map(([key, value]) => `${key}=${value}`),
  ]);

/** A Pod whose port no CNI has marked. */
const unmarked = (server: KubeApiServer, name: string, pod: TestPod, label = "seen") =>
  server.must("POST", PODS, {
    metadata: { name, labels: { app: label }, annotations: claim(pod) },
    spec: { nodeName: "node1", containers: [{ name: "c", image: "i" }] },
  });

/** Waits until the Pod has these ports, and a condition with this reason if one is given. */
const isAt = (node: ClusterNode, name: string, ports: readonly string[], reason?: string) =>
  node.agent.settled(`${name} at ${ports}`, ({ pods }) => {
    const pod = pods.find((each) => each.name === name);
    return pod?.ports.map(({ name }) => name).join() === ports.join() &&
      (reason === undefined || pod.conditions.some((each) => each.reason === reason));
  });

Deno.test(
  withServer(
    "annotations of Pods of the API server say nothing about ports: a mirror gets nobody else's packets",
    async (server) => {
      await forget(server);
      await using node = await ClusterNode.start(server, 3);
      const [tenant, victim, free] = node.pods as Three;
      await node.tell(tenant, { app: "seen" });
      await node.tell(victim, {});
      await apply(server, mirror);
      await annotate(server, tenant.name, claim(victim));
      await unmarked(server, "unmarked", free);
      await isAt(node, tenant.name, [tenant.name], "ClaimRefused");
      await isAt(node, "unmarked", [], "ClaimRefused");
      const tap = node.atDevice("tap0");
      await expectFlow({ from: victim, to: free, count: 50 }, [[tap, 0], [node.at(free), 1]]);
      await expectFlow({ from: free, to: victim, count: 50 }, [[tap, 0], [node.at(victim), 1]]);
      await expectFlow({ from: tenant, to: victim, count: 50 }, [[tap, 1]]);
    },
  ),
);

/** Its lower case is "i" in Go, by which the API server judges, and two characters in JavaScript. */
const ODD_KEY = "\u0130.kubernetes.io/mac_address";

Deno.test(
  withServer(
    "a Pod that the API server accepts is selected, however odd its annotations are",
    async (server) => {
      await forget(server);
      await using node = await ClusterNode.start(server, 2);
      const [odd, other] = node.pods as Three;
      const annotations = { [ODD_KEY]: "x", "EXAMPLE.com/Y": "\u001b[2J\n", "sluice.dev/none": "" };
      await node.tell(odd, { app: "seen" }, { annotations });
      await node.tell(other, {});
      await apply(server, mirror);
      await node.agent.realized("m");
      await isAt(node, odd.name, [odd.name]);
      const tap = node.atDevice("tap0");
      await expectFlow({ from: odd, to: other, count: 50 }, [[tap, 1], [node.at(other), 1]]);
      await expectFlow({ from: other, to: odd, count: 50 }, [[tap, 1], [node.at(odd), 1]]);
    },
  ),
);

Deno.test(
  withServer(
    "with --trust-annotations kubernetes a port without a mark can be claimed, by the oldest Pod",
    async (server) => {
      await forget(server);
      const args = ["--trust-annotations", "kubernetes"];
      await using node = await ClusterNode.start(server, 3, { args });
      const [tenant, victim, free] = node.pods as Three;
      await node.tell(tenant, { app: "seen" });
      await node.tell(victim, {});
      await apply(server, mirror);
      await annotate(server, tenant.name, claim(victim));
      await isAt(node, tenant.name, [tenant.name]);
      await unmarked(server, "z-first", free);
      await isAt(node, "z-first", [free.name]);
      const { metadata } = await server.must("GET", `${PODS}/z-first`);
      const [{ metadata: second }] = await eventually("a second", async () => {
        await server.request("DELETE", `${PODS}/a-second?gracePeriodSeconds=0`);
        const made = await unmarked(server, "a-second", free);
        return made.metadata.creationTimestamp > metadata.creationTimestamp && [made];
      });
      assert.ok(second.creationTimestamp > metadata.creationTimestamp);
      await isAt(node, "a-second", [], "ClaimRefused");
      await isAt(node, "z-first", [free.name]);
      const tap = node.atDevice("tap0");
      await expectFlow({ from: victim, to: free, count: 50 }, [[tap, 1], [node.at(free), 1]]);
      await expectFlow({ from: victim, to: tenant, count: 50 }, [[tap, 1]]);
    },
  ),
);

/** What the agent's state folder has. */
async function stateOf({ ovs }: ClusterNode): Promise<string> {
  const folder = join(ovs.dir, "state");
  const files = await Array.fromAsync(Deno.readDir(folder), ({ name }) => join(folder, name));
  return (await Promise.all(files.map((file) => Deno.readTextFile(file)))).join("\n");
}

const redirect = trafficControl("r", {
  appliedTo: app("inspected"),
  direction: "Both",
  action: "Redirect",
  targetPort: internal("tap1"),
  returnPort: internal("tap2"),
});

Deno.test(
  withServer(
    "with --trust-annotations kubernetes an older Pod that claims the MAC of another later takes it out of no redirect",
    async (server) => {
      await forget(server);
      const args = ["--trust-annotations", "kubernetes"];
      await using node = await ClusterNode.start(server, 3, { args });
      const [tenant, victim, friend] = node.pods as Three;
      await unmarked(server, tenant.name, tenant, "none");
      await isAt(node, tenant.name, [tenant.name]);
      await unmarked(server, victim.name, victim, "inspected");
      await apply(server, redirect);
      await node.agent.realized("r");
      await bridgeWire(node.ovs, ["tap1", "tap2"]);
      const sensor = node.atDevice("tap1");
      const isInspected = async () => {
        await expectFlow({ from: friend, to: victim, count: 50 }, [[sensor, 1], [
          node.at(victim),
          1,
        ]]);
        await expectFlow({ from: victim, to: friend, count: 50 }, [[sensor, 1], [
          node.at(friend),
          1,
        ]]);
      };
      await isInspected();
      await annotate(server, tenant.name, { "sluice.dev/mac": victim.mac });
      await isAt(node, tenant.name, [tenant.name], "ClaimRefused");
      await isInspected();
      const isKept = async () => (await stateOf(node)).includes('"since"');
      await eventually("the age of the claim in the state folder", isKept);
      await node.agent.kill();
      node.agent.startAgain();
      await node.agent.realized("r");
      await isAt(node, tenant.name, [tenant.name], "ClaimRefused");
      await isInspected();
    },
  ),
);

Deno.test(
  withServer(
    "the admission policy of docs/security.md lets tenants write Pods, but not what counts",
    async (server, t) => {
      await forget(server);
      const page = await Deno.readTextFile(join(ROOT, "docs/security.md"));
      const [, policy] = /^```yaml\n([^]*?)^```/m.exec(page)!;
      await server.kubectl(["apply", "-f", "-"], policy);
      await server.kubectl(["create", "role", "tenant", "--verb=*", "--resource=pods"]);
      await server.kubectl(["create", "rolebinding", "tenant", "--role=tenant", "--user=tenant"]);
      for (const account of ["multus"]) {
        const user = `system:serviceaccount:kube-system:${account}`;
        await server.kubectl(["create", "rolebinding", account, "--role=tenant", `--user=${user}`]);
      }
      const as = (user: string, ...args: readonly string[]) =>
        server.tryKubectl([...args, `--as=${user}`, "-n", "default"]);
      const status = "k8s.v1.cni.cncf.io/network-status";
      const pod = (name: string, metadata: object) =>
        JSON.stringify({
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name, ...metadata },
          spec: { containers: [{ name: "c", image: "i" }] },
        });
      const create = (name: string, metadata: object) =>
        server.tryKubectl(
          ["create", "-n", "default", "--as=tenant", "-f", "-"],
          pod(name, metadata),
        );
      await t.step("a Pod with a network status of his own", async () => {
        await eventually("the policy", async () => {
          const { code } = await create("forged", { annotations: { [status]: "[]" } });
          if (code === 0) await server.kubectl(["delete", "pod", "forged", "--force"]);
          return code !== 0;
        });
      });
      await t.step("another Pod, its labels and its other annotations", async () => {
        const made = await create("own", { labels: { inspect: "yes" } });
        assert.equal(made.code, 0, made.stderr);
        assert.equal((await as("tenant", "label", "pod", "own", "a=b")).code, 0);
        assert.equal((await as("tenant", "annotate", "pod", "own", "a=b")).code, 0);
      });
      await t.step("what counts", async () => {
        const label = await as("tenant", "label", "pod", "own", "inspect-");
        assert.match(label.stderr, /the label "inspect" of a Pod cannot be changed/);
        const macs = ["", "net1.default."].map((network) =>
          `${network}ovn.kubernetes.io/mac_address=02:00:00:00:00:01`
        );
        for (const annotation of [`${status}=[]`, ...macs]) {
          const written = await as("tenant", "annotate", "pod", "own", annotation);
          assert.match(written.stderr, /only the CNI may write this annotation/, annotation);
        }
      });
      await t.step("Multus", async () => {
        const multus = "system:serviceaccount:kube-system:multus";
        const written = await as(multus, "annotate", "pod", "own", `${status}=[]`);
        assert.equal(written.code, 0, written.stderr);
        const changed = await as(
          "tenant",
          "annotate",
          "--overwrite",
          "pod",
          "own",
          `${status}=[1]`,
        );
        assert.match(changed.stderr, /only the CNI may write this annotation/);
      });
      await server.kubectl(["delete", "-f", "-"], policy);
    },
  ),
);
