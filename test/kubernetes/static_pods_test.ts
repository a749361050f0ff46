/** Static Pods, which the API server shows as mirror Pods with another UID, and tenants who forge one. */
import assert from "node:assert/strict";
import { app, internal, trafficControl } from "../lab/agent.ts";
import type { TestPod } from "../lab/pod.ts";
import { expectFlow } from "../lab/traffic.ts";
import { kubeOvn, ovnKubernetes } from "../ovn/cnis.ts";
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

/** Makes the object of the node if there is none. @returns Its UID. */
async function nodeUID(server: KubeApiServer): Promise<string> {
  await server.request("POST", "/api/v1/nodes", { metadata: { name: "node1" } });
  return (await server.must("GET", "/api/v1/nodes/node1")).metadata.uid;
}

/** What the kubelet says of a static Pod that runs. */
async function runs(server: KubeApiServer, name: string): Promise<void> {
  const status = { phase: "Running", podIPs: [{ ip: "10.9.0.1" }] };
  await server.kubectl([
    ...["patch", "pod", name, "--subresource=status", "--type=merge"],
    `--patch=${JSON.stringify({ status })}`,
  ]);
}

/** Mirrors the static Pod, and checks that each packet from and to it is copied. */
async function expectMirrored(
  node: ClusterNode,
  [pod, friend]: readonly [TestPod, TestPod],
): Promise<void> {
  const mirror = trafficControl("m", {
    appliedTo: app("static-node1"),
    direction: "Both",
    action: "Mirror",
    targetPort: internal("tap0"),
  });
  await node.server.kubectl(["apply", "-f", "-"], JSON.stringify(mirror));
  await node.agent.realized("m");
  const counter = node.atDevice("tap0");
  await expectFlow({ from: friend, to: pod, count: 20 }, [[counter, 1]]);
  await expectFlow({ from: pod, to: friend, count: 20 }, [[counter, 1]]);
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
      const uid = await nodeUID(server);
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
      await runs(server, "static-node1");
      const places = (name: string, pods: readonly { name: string; ports: readonly object[] }[]) =>
        pods.find((pod) => pod.name === name)?.ports.length;
      await node.agent.settled(
        "the static Pod at its port, and the forged one nowhere",
        ({ pods }) => places("static-node1", pods) === 1 && places("forged", pods) === 0,
      );
      await expectMirrored(node, [real, friend]);
    },
  ),
);

/** Which mark of the object a CNI on OVN finds a static Pod by. */
const ON_OVN = [["OVN-Kubernetes", ovnKubernetes, "UID"], ["Kube-OVN", kubeOvn, "name"]] as const;
for (const [name, cni, by] of ON_OVN) {
  Deno.test(
    withServer(`${name}: a static Pod is found by the ${by} of its object`, async (server) => {
      await forget(server);
      await using node = await ClusterNode.start(server, 2);
      const [pod, friend] = node.pods as [TestPod, TestPod];
      const { mac, ips } = pod;
      const nic = { namespace: "default", pod: "static-node1", mac, ips };
      const object = mirrorPod(
        nic.pod,
        await nodeUID(server),
        cni.annotations({ ...nic, uid: "" }),
      );
      await server.kubectl(["create", "-f", "-"], JSON.stringify(object));
      const made = await server.must("GET", `/api/v1/namespaces/default/pods/${nic.pod}`);
      const ids = cni.externalIDs({ ...nic, uid: made.metadata.uid });
      const columns = Object.entries(ids).map(([key, value]) => `external_ids:${key}="${value}"`);
      await pod.ovs.vsctl("set", "interface", pod.name, ...columns);
      await runs(server, nic.pod);
      await expectMirrored(node, [pod, friend]);
    }),
  );
}
