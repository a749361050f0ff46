/** Static Pods, which the API server shows as mirror Pods with another UID, and tenants who forge one. */
import assert from "node:assert/strict";
import { app, internal, trafficControl } from "../lab/agent.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { ClusterNode, forget, installCRDs } from "./cluster.ts";
import { apiServerTests, type KubeApiServer } from "./kube_apiserver.ts";

const withServer = apiServerTests(installCRDs);

/** Which UID the kubelet has given to the static Pod: it follows from its manifest, so that it can be known. */
const STATIC_UID = "5e1f00000000000000000000000005e1f";
const MIRROR = "kubernetes.io/config.mirror";

/** A Pod that looks like a mirror Pod of this node, in all that a kubelet writes when it creates one. */
function mirrorPod(name: string, nodeUID: string, more: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      labels: { app: name },
      annotations: { [MIRROR]: STATIC_UID, "kubernetes.io/config.hash": STATIC_UID, ...more },
      ownerReferences: [
        { apiVersion: "v1", kind: "Node", name: "node1", uid: nodeUID, controller: true },
      ],
    },
    spec: { nodeName: "node1", containers: [{ name: "c", image: "i" }] },
  };
}

/** Lets the user "tenant" write Pods, and nothing else. */
async function admitTenant(server: KubeApiServer): Promise<void> {
  await server.kubectl(["create", "role", "tenant", "--verb=*", "--resource=pods"]);
  await server.kubectl(["create", "rolebinding", "tenant", "--role=tenant", "--user=tenant"]);
}

const mark = (pod: TestPod) =>
  pod.ovs.vsctl(
    ...["set", "port", pod.name, "external_ids:owner=ovs-cni.network.kubevirt.io"],
    ...[`external_ids:contPodUid=${STATIC_UID}`, "external_ids:contIface=net1"],
  );

Deno.test(
  withServer(
    "a tenant can create a Pod that looks like a mirror Pod, but gets no port of a static Pod by it",
    async (server) => {
      await forget(server);
      await admitTenant(server);
      const { metadata: { uid } } = await server.must("POST", "/api/v1/nodes", {
        metadata: { name: "node1" },
      });
      await using node = await ClusterNode.start(server, 2);
      const [real, friend] = node.pods as [TestPod, TestPod];
      await mark(real);
      const create = (object: object) =>
        server.tryKubectl(["create", "-f", "-", "--as=tenant"], JSON.stringify(object));
      const forged = await create(mirrorPod("forged", uid));
      assert.equal(forged.code, 0, `the API server does not prevent it: ${forged.stderr}`);
      const changed = await server.tryKubectl(
        ["annotate", "--overwrite", "pod", "forged", `${MIRROR}=other`, "--as=tenant"],
      );
      assert.match(changed.stderr, /may not be modified|may not change|Forbidden|Invalid/i);
      const { mac } = real;
      const status = JSON.stringify([{ name: "default/net1", interface: "net1", mac }]);
      const place = { "k8s.v1.cni.cncf.io/network-status": status };
      const object = mirrorPod("static-node1", uid, place);
      await server.kubectl(["create", "-f", "-"], JSON.stringify(object));
      await server.kubectl([
        ...["patch", "pod", "static-node1", "--subresource=status", "--type=merge"],
        `--patch=${JSON.stringify({ status: { phase: "Running", podIPs: [{ ip: "10.9.0.1" }] } })}`,
      ]);
      const places = (name: string, pods: readonly { name: string; ports: readonly object[] }[]) =>
        pods.find((pod) => pod.name === name)?.ports.length;
      await node.agent.settled(
        "the static Pod at its port, and the forged one nowhere",
        ({ pods }) => places("static-node1", pods) === 1 && places("forged", pods) === 0,
      );
      await server.kubectl(
        ["apply", "-f", "-"],
        JSON.stringify(trafficControl("m", {
          appliedTo: app("static-node1"),
          direction: "Both",
          action: "Mirror",
          targetPort: internal("tap0"),
        })),
      );
      await node.agent.realized("m");
      await expectFlow({ from: friend, to: real, count: 20 }, [[node.atDevice("tap0"), 1]]);
    },
  ),
);
