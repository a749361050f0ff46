/** A large cluster: 10,000 Pods, 2,000 Namespaces, 1,000 TrafficControls; 250 of the Pods are on this node. */
import assert from "node:assert/strict";
import { internal, trafficControl } from "../lab/agent.ts";
import { ClusterNode, installCRDs } from "./cluster.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { costsOf } from "../lab/costs.ts";
import { eventually } from "../lab/ovs.ts";

const SIZE = { pods: 10_000, namespaces: 2000, controls: 1000, here: 250, groups: 50 } as const;
/** Number of requests at the same time. */
const BATCH = 40;

const withServer = apiServerTests(installCRDs);

async function makeAll(count: number, make: (index: number) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < count; at += BATCH) {
    const indices = Array.from({ length: Math.min(BATCH, count - at) }, (_, index) => at + index);
    await Promise.all(indices.map(make));
  }
}
const hex = (byte: number) => byte.toString(16).padStart(2, "0");

const namespace = (index: number) => `ns-${index % SIZE.namespaces}`;

/** The arguments of ovs-vsctl that make the port of a Pod and mark it as Antrea does. */
function addPort(index: number): string[] {
  const marks = {
    "antrea-type": "container",
    "container-id": `c${index}`,
    "pod-name": `p${index}`,
    "pod-namespace": namespace(index),
    "attached-mac": `02:bb:00:00:${hex((index >> 8) & 255)}:${hex(index & 255)}`,
    "ip-address": `10.7.${index >> 8}.${index & 255}`,
  };
  const columns = Object.entries(marks).map(([key, value]) => `external_ids:${key}="${value}"`);
  return ["--", "add-port", "br0", `p${index}`, "--", "set", "port", `p${index}`, ...columns];
}

async function fill(server: KubeApiServer): Promise<void> {
  await makeAll(
    SIZE.namespaces,
    (index) =>
      server.must("POST", "/api/v1/namespaces", {
        metadata: { name: namespace(index), labels: { team: `t${index % 20}` } },
      }),
  ); // deno-fmt-ignore
  await makeAll(SIZE.pods, (index) =>
    server.must("POST", `/api/v1/namespaces/${namespace(index)}/pods`, {
      metadata: {
        name: `p${index}`,
        labels: { group: `g${index % SIZE.groups}`, app: "web" },
      },
      spec: { nodeName: index < SIZE.here ? "node1" : `other-${index % 39}`, containers: [{ name: "c", image: "i" }] }, // deno-fmt-ignore
    })); // deno-fmt-ignore
  await makeAll(SIZE.controls, (index) =>
    server.must("POST", "/apis/crd.antrea.io/v1alpha2/trafficcontrols", trafficControl(`tc-${index}`, {
      appliedTo: { podSelector: { matchLabels: { group: `g${index % SIZE.groups}` } } },
      direction: "Both",
      action: "Mirror",
      targetPort: internal(`ids${index % SIZE.groups}`),
    }))); // deno-fmt-ignore
}

Deno.test(
  withServer(
    "10,000 Pods, 2,000 Namespaces, 1,000 TrafficControls: all that concerns the node is realized",
    async (server) => {
      await using node = await ClusterNode.start(server, 0, { ovs: { datapath: "dummy" } });
      const { agent, ovs } = node;
      await agent.kill();
      const ports = Array.from({ length: SIZE.here }, (_, index) => addPort(index));
      await ovs.vsctl(...ports.flat().slice(1));
      await fill(server);
      const begun = performance.now();
      agent.startAgain();
      const state = await agent.settled(
        "all realized",
        ({ trafficControls, pods }) =>
          trafficControls.length === SIZE.controls && pods.length === SIZE.here &&
          pods.every(({ ports, conditions }) => ports.length === 1 && conditions.length === 0) &&
          trafficControls.every(({ realized }) => realized),
      );
      const seconds = (performance.now() - begun) / 1000;
      const { cpu, rss, peak } = await costsOf(agent.pid);
      const at = (text: string) =>
        Date.parse(agent.log.find((line) => line.includes(text))!.split(" ")[0]!); // deno-fmt-ignore
      const toFlows = (at("Flows changed") - at("Agent started")) / 1000;
      console.log(
        `start to realized ${seconds.toFixed(1)} s, of which list to flows ${
          toFlows.toFixed(1)
        } s; CPU ${cpu} s; ` +
          `RSS ${rss.toFixed(0)} MB, at most ${peak.toFixed(0)} MB; ${state.flows} flows`,
      );
      assert.deepEqual(state.trafficControls[0]!.pods.length, SIZE.here / SIZE.groups);
      await eventually("no problem", async () => (await node.agent.state()).issues.length === 0);
    },
  ),
);
