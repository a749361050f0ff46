/**
 * Which Pods are found on the bridge of a real OVN, whose interfaces are marked as OVN-Kubernetes and Kube-OVN mark them:
 * with which ports, MACs and addresses. OVN takes the interfaces, so that the marks are such as it knows them.
 */
import assert from "node:assert/strict";
import { type CNI, kubeOvn, type Nic, ovnKubernetes } from "./cnis.ts";
import { findPods } from "./found_pods.ts";
import { OvnLab } from "./ovn_lab.ts";
import type { OvnPod, PodSpec } from "./ovn_pod.ts";
import { SKIPPED } from "./programs.ts";

/** What is left of former sandboxes: a port whose device is gone, and one that OVN is to take no more. */
async function leaveFormer({ chassis: [{ ovs }] }: OvnLab, { externalIDs }: OvnPod): Promise<void> {
  const { "iface-id": _, ...untaken } = externalIDs;
  const columns = Object.entries(untaken).map(([key, value]) => `external_ids:${key}="${value}"`);
  const set = (name: string) => ["set", "interface", name, ...columns];
  await ovs.vsctl("--no-wait", "add-port", "br-int", "gone", "--", ...set("gone"));
  await ovs.vsctl(
    ...["add-port", "br-int", "former", "--", ...set("former")],
    ...["--", "set", "interface", "former", "type=internal"],
  );
}

/** The Pods of one CNI. `multi` has interfaces in three networks; the last gives no addresses. */
const podsOf = (cni: CNI): readonly PodSpec[] => [
  { name: "web", chassis: 0, on: "left", cni },
  { name: "db", chassis: 0, on: "left", cni, namespace: "prod" },
  { name: "multi", chassis: 0, on: "left", cni },
  { name: "multi-1", chassis: 0, on: "right", cni, secondary: { of: "multi", network: "net-1" } },
  {
    name: "multi-2",
    chassis: 0,
    on: "right",
    cni,
    secondary: { of: "multi", network: "net-2" },
    addressless: true,
  },
  { name: "static-node1", chassis: 0, on: "left", cni },
  { name: "far", chassis: 1, on: "left", cni },
];

/** What Multus writes of a Pod's interfaces. */
function networkStatus(nics: readonly Nic[]): Readonly<Record<string, string>> {
  const entries = nics.map(({ namespace, network, mac, ips }, index) => ({
    name: network === undefined ? "cluster" : `${namespace}/${network}`,
    interface: index === 0 ? "eth0" : `net${index}`,
    mac,
    ips: ips.map((ip) => ip.split("/")[0]),
    default: network === undefined,
  }));
  return { "k8s.v1.cni.cncf.io/network-status": JSON.stringify(entries, null, 2) };
}

/** The UID that the kubelet gave a static Pod. That of its object is another one. */
const MIRROR = { "kubernetes.io/config.mirror": "5e1f00000000000000000000000005e1f" };

/** The objects of all Pods, each with what its CNI and Multus write of its interfaces. */
function objectsOf(pods: readonly OvnPod[]): object[] {
  return pods.filter(({ spec }) => !spec.secondary).map((pod) => {
    const all = pods.filter(({ nic }) => nic.pod === pod.nic.pod);
    const said = all.map(({ cni, nic }) => cni.annotations(nic));
    const kubelets = pod.nic.pod.startsWith("static-") ? MIRROR : {};
    const status = networkStatus(all.map(({ nic }) => nic));
    return pod.object({}, Object.assign({}, ...said, status, kubelets));
  });
}

/** A Pod that looks like the mirror of a static Pod whose UID would be that of another Pod. */
function forged({ nic }: OvnPod): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "forged",
      namespace: "default",
      uid: "f",
      annotations: { "kubernetes.io/config.mirror": nic.uid },
    },
    status: { podIPs: [{ ip: nic.ips[0]!.split("/")[0] }] },
  };
}

/** Each Pod with its ports: name, MAC, how packets to it are told, addresses. */
async function found(ovn: OvnLab, objects: readonly object[]) {
  const places = await findPods(ovn.chassis[0], objects);
  return Object.fromEntries(
    [...places].map(([pod, { attachments, conditions }]) => [pod, [
      ...attachments.map(({ port, macs, match, ips }) => [port, ...macs, match, ...ips].join(" ")),
      ...conditions.map(({ reason }) => reason),
    ]]),
  );
}

const WHERE = {
  "default/web": ["web 0a:58:0a:0a:00:01 ip 10.10.0.1 fd00:10::1"],
  "prod/db": ["db 0a:58:0a:0a:00:02 ip 10.10.0.2 fd00:10::2"],
  "default/multi": [
    "multi 0a:58:0a:0a:00:03 ip 10.10.0.3 fd00:10::3",
    "multi-1 0a:58:0a:14:00:04 ip 10.20.0.4 fd00:20::4",
    "multi-2 0a:58:0a:14:00:05 mac",
  ],
  "default/static-node1": ["static-node1 0a:58:0a:0a:00:06 ip 10.10.0.6 fd00:10::6"],
  "default/far": ["NoPort"],
  "default/forged": ["NoPort"],
};

const CNIS: Readonly<Record<string, CNI>> = {
  "OVN-Kubernetes": ovnKubernetes,
  "Kube-OVN": kubeOvn,
};
for (const [name, cni] of Object.entries(CNIS)) {
  Deno.test({
    name:
      `${name} on a real OVN: each Pod is found at all its ports, a static Pod too, and no other`,
    ignore: SKIPPED,
    async fn() {
      const specs = podsOf(cni);
      await using ovn = await OvnLab.start({ pods: specs });
      await leaveFormer(ovn, ovn.pod("web"));
      const objects = [
        ...objectsOf(specs.map((each) => ovn.pod(each.name))),
        forged(ovn.pod("web")),
      ];
      assert.deepEqual(await found(ovn, objects), WHERE);
    },
  });
}
