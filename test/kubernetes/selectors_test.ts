/** Which Pods are selected: labels change, Pods come and go, Pods are on other nodes, Pods have several NICs. */
import assert from "node:assert/strict";
import { app, internal, trafficControl } from "../lab/agent.ts";
import type { State } from "../../core/report/state.ts";
import { ClusterNode, forget, installCRDs } from "./cluster.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";

type Two = [TestPod, TestPod];
const withServer = apiServerTests(async (server) => {
  await installCRDs(server);
  await server.kubectl(["create", "namespace", "work"]);
});
const PODS = "/api/v1/namespaces/default/pods";

const mirror = (appliedTo: object, port = "tap0") =>
  trafficControl("m", {
    appliedTo,
    direction: "Both",
    action: "Mirror",
    targetPort: internal(port),
  }); // deno-fmt-ignore
const apply = (server: KubeApiServer, object: object) =>
  server.kubectl(["apply", "-f", "-"], JSON.stringify(object));
/** Waits until exactly these Pods are selected. */
const selects = (node: ClusterNode, ...pods: readonly string[]) =>
  node.agent.settled(
    `${pods} selected`,
    ({ trafficControls: [m] }) => m?.pods.join() === pods.join() && m.realized,
  ); // deno-fmt-ignore

Deno.test(withServer("labels of Pods and of Namespaces change; host-network Pods and those of other nodes are left alone", async (server, t) => {
  await forget(server);
  await using node = await ClusterNode.start(server, 2);
  const [p1, p2] = node.pods as Two;
  await node.tell(p1, { app: "web" }, { namespace: "work" });
  await node.tell(p2, {});
  await apply(server, mirror(app("web")));
  await selects(node, "work/p1");
  const [at1, at2, tap] = [node.at(p1), node.at(p2), node.atDevice("tap0")];
  const label = (...args: string[]) => server.kubectl(["label", "--overwrite", ...args]);
  await t.step("a Pod loses its label and gets it again", async () => {
    await label("pod", "p1", "-n", "work", "app-");
    await selects(node);
    await expectFlow({ from: p1, to: p2 }, [[at2, 1], [tap, 0]]);
    await label("pod", "p1", "-n", "work", "app=web");
    await selects(node, "work/p1");
    await expectFlow({ from: p1, to: p2 }, [[at2, 1], [node.atDevice("tap0"), 1]]);
  });
  await t.step("a Namespace gets a label and loses it", async () => {
    await apply(server, mirror({ namespaceSelector: { matchLabels: { inspect: "yes" } } }, "tap1"));
    await selects(node);
    await label("namespace", "work", "inspect=yes");
    await selects(node, "work/p1");
    await expectFlow({ from: p2, to: p1 }, [[at1, 1], [node.atDevice("tap1"), 1]]);
    await label("namespace", "work", "inspect-");
    await selects(node);
  });
  await t.step("Pods of other nodes, without a node, and with the host's network are left out", async () => {
    const pod = (name: string, spec: object) => ({
      metadata: { name, labels: { app: "web" }, annotations: { "sluice.dev/ovs-port": "p2", "sluice.dev/mac": p2.mac } }, // deno-fmt-ignore
      spec: { containers: [{ name: "c", image: "i" }], ...spec },
    });
    await server.must("POST", PODS, pod("elsewhere", { nodeName: "node2" }));
    await server.must("POST", PODS, pod("nowhere", {}));
    await server.must("POST", PODS, pod("host", { nodeName: node.name, hostNetwork: true }));
    // This Pod is made last: when the agent knows it, the agent has seen the others, too.
    await server.must("POST", PODS, {
      metadata: { name: "marker" },
      spec: { nodeName: node.name, containers: [{ name: "c", image: "i" }] },
    });
    const names = ({ pods }: State) => pods.map(({ name }) => name);
    const state = await node.agent.settled("the marker", (state) => names(state).includes("marker"));
    assert.deepEqual(names(state), ["marker", "p2", "p1"]);
    await apply(server, mirror(app("web"), "tap2"));
    await selects(node, "work/p1");
    await expectFlow({ from: p2, to: p1 }, [[at1, 1], [node.atDevice("tap2"), 1]]); // deno-fmt-ignore
  });
  await t.step("a Pod that has ended", async () => {
    await server.kubectl(["patch", "pod", "p1", "-n", "work", "--subresource=status", "--type=merge", '--patch={"status":{"phase":"Succeeded"}}']); // deno-fmt-ignore
    await selects(node);
  });
}));

const CHURN = Array.from({ length: 1000 }, (_, index) => `churn-${index}`);
/** The Pods that have a port on the bridge. */
const ATTACHED = CHURN.slice(0, 20);
/** Number of requests at the same time. */
const BATCH = 25;

const churnPod = (node: ClusterNode, name: string) => ({
  metadata: {
    name,
    labels: { app: "web" },
    ...(ATTACHED.includes(name) && { annotations: { "sluice.dev/ovs-port": name } }),
  },
  spec: { nodeName: node.name, containers: [{ name: "c", image: "i" }] },
});

async function inBatches(
  names: readonly string[],
  work: (name: string) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < names.length; at += BATCH) {
    await Promise.all(names.slice(at, at + BATCH).map(work));
  }
}
/** Waits for a state. It does not wait for readiness, because some Pods have no port. */
const until = ({ agent }: ClusterNode, wanted: (state: State) => boolean) =>
  eventually("the Pods", async () => {
    const state = await agent.state();
    return wanted(state) && state;
  }, 30_000);

Deno.test(
  withServer(
    "1,000 Pods come and go within a minute; the traffic of those that stay is not touched",
    async (server) => {
      await forget(server);
      await using node = await ClusterNode.start(server, 2, {
        args: ["--trust-annotations", "kubernetes"],
      });
      const { agent } = node;
      const [p1, p2] = node.pods as Two;
      await node.tell(p1, { app: "web" });
      await node.tell(p2, {});
      await apply(server, mirror(app("web")));
      await selects(node, "default/p1");
      const [at2, tap] = [node.at(p2), node.atDevice("tap0")];
      const stop = new AbortController();
      const traffic = expectFlow({
        from: p1,
        to: p2,
        count: 60_000,
        rate: 500,
        signal: stop.signal,
      }, [[at2, 1], [tap, 1]]); // deno-fmt-ignore
      await node.ovs.vsctl(...ATTACHED.flatMap((name) => ["--", "add-port", "br0", name, "--", "set", "interface", name, "type=internal"]).slice(1)); // deno-fmt-ignore
      const begun = performance.now();
      await inBatches(CHURN, (name) => server.must("POST", PODS, churnPod(node, name)));
      const { trafficControls: [m] } = await until(
        node,
        ({ pods, trafficControls: [m] }) =>
          pods.length === CHURN.length + 2 && m?.pods.length === CHURN.length + 1 &&
          pods.filter(({ ports }) => ports.length > 0).length === ATTACHED.length + 2,
      );
      assert.ok(m!.pods.includes("default/churn-999"));
      await inBatches(
        CHURN,
        (name) => server.must("DELETE", `${PODS}/${name}?gracePeriodSeconds=0`),
      );
      await until(node, ({ pods }) => pods.length === 2);
      const seconds = (performance.now() - begun) / 1000;
      stop.abort();
      await traffic;
      await selects(node, "default/p1");
      console.log(`1,000 Pods came and went in ${seconds.toFixed(1)} s`);
      assert.ok(seconds < 60, `${seconds} s`);
      assert.deepEqual((await agent.state()).pods.map(({ name }) => name), ["p1", "p2"]);
    },
  ),
);

Deno.test(
  withServer(
    "all NICs of a Pod that ovs-cni and Multus describe are mirrored",
    async (server) => {
      await forget(server);
      await using node = await ClusterNode.start(server, 3);
      const [p1, p2, p3] = node.pods as [TestPod, TestPod, TestPod];
      const status = [["net1", p1], ["net2", p2]] as const;
      const made = await server.must("POST", PODS, {
        metadata: {
          name: "machine",
          labels: { app: "web" },
          annotations: {
            "k8s.v1.cni.cncf.io/network-status": JSON.stringify(
              status.map(([name, { mac, ips }]) => ({
                name: `work/${name}`,
                interface: name,
                mac,
                ips: ips.map((ip) => ip.split("/")[0]),
              })),
            ), // deno-fmt-ignore
          },
        },
        spec: { nodeName: node.name, containers: [{ name: "c", image: "i" }] },
      });
      await apply(server, mirror(app("web")));
      for (const [name, pod] of status) {
        const ids = [["contPodUid", made.metadata.uid], ["contIface", name], [
          "owner",
          "ovs-cni.network.kubevirt.io",
        ]]; // deno-fmt-ignore
        await node.ovs.vsctl("set", "port", pod.name, ...ids.map(([key, value]) => `external_ids:${key}=${value}`)); // deno-fmt-ignore
      }
      const { pods } = await node.agent.settled(
        "both",
        ({ pods: [pod] }) =>
          pod?.ports.length === 2 && pod.ports.every(({ egress }) => egress !== undefined),
      ); // deno-fmt-ignore
      assert.deepEqual(pods[0]!.ports.map(({ macs }) => macs), [[p1.mac], [p2.mac]]);
      const tap = node.atDevice("tap0");
      for (const pod of [p1, p2]) {
        await expectFlow({ from: pod, to: p3 }, [[tap, 1], [node.at(p3), 1]]);
      }
    },
  ),
);
