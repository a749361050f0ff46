/** The source `kubernetes` without the rest of the agent, with a real API server. */
import assert from "node:assert/strict";
import type { Kind } from "../../core/api.ts";
import { sluice } from "../lab/agent.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";
import { eventually } from "../lab/ovs.ts";
import { Watched } from "./watched.ts";

const NODE = "node1";
const withServer = apiServerTests(async (server) => {
  await server.request("POST", "/api/v1/namespaces", namespace("work"));
});

const namespace = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels },
});
const pod = (name: string, nodeName = NODE) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, annotations: { "a/b": "c" } },
  spec: { nodeName, containers: [{ name: "c", image: "i" }] },
});
const PODS = "/api/v1/namespaces/work/pods";

const watch = (server: KubeApiServer, kind: Kind) =>
  Watched.by({ kubeconfig: server.kubeconfig, node: NODE }, kind);

Deno.test(
  withServer(
    "a snapshot comes from many pages, then each change; only used fields are kept",
    async (server) => {
      const names = Array.from({ length: 1201 }, (_, index) => `many-${index}`);
      for (let at = 0; at < names.length; at += 50) {
        await Promise.all(
          names.slice(at, at + 50).map((name) =>
            server.request("POST", "/api/v1/namespaces", namespace(name, { a: "b" }))
          ), // deno-fmt-ignore
        );
      }
      await using namespaces = watch(server, "Namespace");
      await namespaces.sees("all", (objects) => names.every((name) => objects.has(name)));
      assert.deepEqual(namespaces.events, ["snapshot"]);
      const { metadata: { uid, ...metadata }, ...rest } = namespaces.objects.get("many-7");
      assert.match(uid, /^[0-9a-f-]{36}$/);
      assert.deepEqual({ ...rest, metadata }, {
        metadata: { name: "many-7", labels: { a: "b", "kubernetes.io/metadata.name": "many-7" } },
      });
      await server.request("PATCH", "/api/v1/namespaces/many-7", {
        metadata: { labels: { a: "c" } },
      });
      await server.kubectl(["label", "namespace", "many-8", "a=d", "--overwrite"]);
      await namespaces.sees(
        "the label",
        (objects) => objects.get("many-8").metadata.labels.a === "d",
      );
    },
  ),
);

Deno.test(
  withServer("only Pods of this node are listed, and deleted ones are removed", async (server) => {
    await server.request("POST", PODS, pod("other", "node2"));
    await server.request("POST", PODS, pod("mine"));
    await using pods = watch(server, "Pod");
    await pods.sees("mine", (objects) => objects.has("mine"));
    assert.deepEqual([...pods.objects.keys()], ["mine"]);
    const { uid, creationTimestamp, ...metadata } = pods.objects.get("mine").metadata;
    assert.match(uid, /^[0-9a-f-]{36}$/);
    assert.match(creationTimestamp, /^20.*Z$/);
    assert.deepEqual({ ...pods.objects.get("mine"), metadata }, {
      metadata: { namespace: "work", name: "mine", annotations: { "a/b": "c" } },
      spec: { nodeName: NODE },
      status: { phase: "Pending" },
    });
    await server.request("POST", PODS, pod("later"));
    await pods.sees("later", (objects) => objects.has("later"));
    await server.kubectl(["delete", "pod", "mine", "-n", "work", "--grace-period=0", "--force"]);
    await pods.sees("gone", (objects) => !objects.has("mine"));
  }),
);

Deno.test(
  withServer(
    "a kind that is not installed is an issue, and is listed when it is installed",
    async (server) => {
      await using controls = watch(server, "TrafficControl");
      await eventually("the problem", () => controls.source.issues!().length > 0);
      const [issue] = controls.source.issues!();
      assert.match(
        `${issue!.file}: ${issue!.message}`,
        /^TrafficControls: Cannot GET .*trafficcontrols: 404/,
      ); // deno-fmt-ignore
      await server.kubectl(["apply", "--server-side", "-f", "-"], (await sluice(undefined, "crd")).stdout);
      await controls.sees("the kind", () => true);
      // The server prepares the storage of each new kind, and may answer 429 until it is ready.
      await eventually("no problem", () => controls.source.issues!().length === 0, 30_000);
      assert.deepEqual(controls.events, ["snapshot"]);
    },
  ),
);

Deno.test(
  withServer("asked to give Pods again, the source begins with a snapshot", async (server) => {
    await server.must("POST", PODS, pod("again"));
    await using pods = watch(server, "Pod");
    await pods.sees("the Pod", (objects) => objects.has("again"));
    pods.source.giveAgain!("Namespace");
    pods.source.giveAgain!("Pod");
    const snapshots = () => pods.events.filter((type) => type === "snapshot").length;
    await eventually("another snapshot", () => snapshots() === 2);
    await server.must("POST", PODS, pod("after"));
    await pods.sees("a later Pod", (objects) => objects.has("after"));
    assert.equal(snapshots(), 2);
  }),
);
