/** A TrafficControl with a deadline, from its creation in the API server to its end. */
import assert from "node:assert/strict";
import { app, internal, trafficControl } from "../lab/agent.ts";
import { eventually } from "../lab/ovs.ts";
import type { TestPod } from "../lab/pod.ts";
import { ClusterNode, forget, installCRDs } from "./cluster.ts";
import { apiServerTests } from "./kube_apiserver.ts";

const withServer = apiServerTests(installCRDs);
const EVENTS = "/api/v1/namespaces/default/events";
const SECONDS = 8;

Deno.test(withServer(
  "a deadline counts from the creation: the object stays, is Expired, and a normal Event tells it",
  async (server) => {
    await forget(server);
    await using node = await ClusterNode.start(server, 2);
    await node.tell((node.pods as [TestPod])[0], { app: "web" });
    const object = trafficControl("m", {
      appliedTo: app("web"),
      direction: "Both",
      action: "Mirror",
      targetPort: internal("tap0"),
      activeDeadlineSeconds: SECONDS,
    });
    await server.kubectl(["apply", "-f", "-"], JSON.stringify(object));
    await server.kubectl(["wait", "--for=jsonpath={.status.ready}=1/1", "tc/m", "--timeout=30s"]);
    await server.kubectl(["wait", "--for=condition=Realized=false", "tc/m", "--timeout=60s"]);
    const shown = await server.kubectl(["get", "tc", "m", "-o", "json"]);
    const { metadata, status } = JSON.parse(shown);
    // deno-lint-ignore no-explicit-any -- conditions
    const realized = status.conditions.find(({ type }: any) => type === "Realized");
    assert.equal(realized.reason, "Expired");
    const end = Date.parse(metadata.creationTimestamp) + SECONDS * 1000;
    assert.ok(Date.now() >= end);
    assert.ok(realized.message.includes(new Date(end).toISOString().replace(".000", "")), shown);
    await eventually("the Event", async () => {
      const { body } = await server.request("GET", EVENTS);
      // deno-lint-ignore no-explicit-any -- Events
      return body.items.some(({ type, reason }: any) => type === "Normal" && reason === "Expired");
    }, 30_000);
    const ports = await node.ovs.vsctl("list-ports", "br0");
    assert.doesNotMatch(ports, /tap0/);
  },
));
