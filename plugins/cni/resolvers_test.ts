/** Every resolver finds its Pod's ports among rows as the CNI writes them, and no port of another Pod. */
import assert from "node:assert/strict";
import type { Attachment, InterfaceRow, Pod } from "../../core/api.ts";
import { resolvers } from "../mod.ts";
import { MAC, pod, row, UID, view } from "./testing/rows.ts";

/** Resolver, rows as its CNI writes them (also rows of other Pods), the attachments found, annotations of the Pod. */
const FOUND: readonly [string, InterfaceRow[], Partial<Attachment>[], Record<string, string>?][] = [
  [
    "annotation",
    [row("web", { "attached-mac": MAC }), row("db", {})],
    [{ port: "web", macs: [MAC.toLowerCase()], match: "mac" }],
    { "sluice.dev/ovs-port": "web" },
  ],
  [
    "annotation",
    [row("web", { "attached-mac": MAC })],
    [{ port: "web", macs: ["02:00:00:00:00:09"], match: "ip" }],
    {
      "sluice.dev/ovs-port": "web",
      "sluice.dev/mac": "02:00:00:00:00:09",
      "sluice.dev/match": "ip",
    },
  ],
  ["annotation", [row("db", {})], [], { "sluice.dev/ovs-port": "web" }],
  [
    "antrea",
    [
      row("web-1a2b3c", {
        "antrea-type": "container",
        "pod-name": "web",
        "pod-namespace": "prod",
        "attached-mac": MAC,
        "ip-address": "10.9.0.1,fd09::1,nonsense",
      }),
      row("web-eth1-4d5e", {
        "antrea-type": "container",
        "pod-name": "web",
        "pod-namespace": "prod",
        "attached-mac": "not a MAC",
        "if-dev": "eth1",
        "ip-address": "10.7.0.1",
      }),
      row("web-tc", {
        "antrea-type": "traffic-control",
        "pod-name": "web",
        "pod-namespace": "prod",
      }),
      row("web-9z8y7x", {
        "antrea-type": "container",
        "pod-name": "web",
        "pod-namespace": "test",
        "attached-mac": "02:aa:00:00:00:02",
      }),
    ],
    [
      { port: "web-1a2b3c", macs: [MAC.toLowerCase()], ips: ["10.9.0.1", "fd09::1"], match: "ip" },
      { port: "web-eth1-4d5e", macs: [], ips: ["10.7.0.1"], match: "mac" },
    ],
  ],
  [
    "ovn-kubernetes",
    [
      row("a1", {
        "iface-id": "prod_web",
        "iface-id-ver": UID,
        sandbox: "s1",
        attached_mac: MAC,
        ip_addresses: "10.9.0.1/24",
      }),
      // of former sandboxes
      {
        name: "a0",
        type: "",
        external_ids: { "iface-id": "prod_web", "iface-id-ver": UID, sandbox: "s0" },
      },
      row("a9", { "iface-id-ver": UID, sandbox: "s9" }),
      row("a2", { "iface-id": "prod_db", "iface-id-ver": "other", sandbox: "s2" }),
      row("a3", {
        "iface-id": "prod.net1_prod_web",
        "iface-id-ver": UID,
        sandbox: "s1",
        attached_mac: "02:aa:00:00:00:03",
        ip_addresses: "10.8.0.1/24,fd08::1/64",
        "k8s.ovn.org/network": "blue",
        "k8s.ovn.org/nad": "prod/net1",
      }),
      row("a4", { // of a network without IPAM
        "iface-id": "prod.net2_prod_web",
        "iface-id-ver": UID,
        sandbox: "s1",
        attached_mac: "02:aa:00:00:00:04",
        "k8s.ovn.org/network": "red",
        "k8s.ovn.org/nad": "prod/net2",
      }),
    ],
    [
      { port: "a1", macs: [MAC.toLowerCase()], ips: ["10.9.0.1"], match: "ip" },
      { port: "a3", macs: ["02:aa:00:00:00:03"], ips: ["10.8.0.1", "fd08::1"], match: "ip" },
      { port: "a4", macs: ["02:aa:00:00:00:04"], ips: [], match: "mac" },
    ],
  ],
  [
    "kube-ovn",
    [
      row("h1", {
        vendor: "kube-ovn",
        "iface-id": "web.prod",
        pod_name: "web",
        pod_namespace: "prod",
        pod_netns: "/var/run/netns/cni-1",
        ip: "10.9.0.1/16,fd09::1/64",
      }),
      row("h2", {
        vendor: "kube-ovn",
        "iface-id": "web.prod.net1.prod.ovn",
        pod_name: "web",
        pod_namespace: "prod",
        ip: "10.8.0.1",
      }),
      row("h3", {
        vendor: "kube-ovn",
        "iface-id": "web.test",
        pod_name: "web",
        pod_namespace: "test",
      }),
      row("h4", {
        vendor: "kube-ovn",
        "iface-id": "db.prod",
        pod_name: "db",
        pod_namespace: "prod",
      }),
    ],
    [
      { port: "h1", macs: ["00:00:00:aa:00:01"], ips: ["10.9.0.1", "fd09::1"], match: "ip" },
      { port: "h2", macs: ["00:00:00:aa:00:02"], ips: ["10.8.0.1"], match: "ip" },
    ],
    {
      "ovn.kubernetes.io/mac_address": "00:00:00:AA:00:01",
      "net1.prod.ovn.kubernetes.io/mac_address": "00:00:00:AA:00:02",
    },
  ],
  [
    "kube-ovn",
    [
      row("vm", {
        vendor: "kube-ovn",
        "iface-id": "machine.prod",
        pod_name: "machine",
        pod_namespace: "prod",
        ip: "10.9.0.1",
      }),
    ],
    [{ port: "vm", macs: ["02:00:00:00:00:09"] }],
    { "kubevirt.io/domain": "machine", "sluice.dev/mac": "02:00:00:00:00:09" },
  ],
  [
    "ovs-cni",
    [
      row("v1", { contPodUid: UID, contIface: "net1", owner: "ovs-cni.network.kubevirt.io" }),
      row("v2", { contPodUid: UID, contIface: "net2", owner: "ovs-cni.network.kubevirt.io" }),
      row("v3", { contPodUid: UID, owner: "another-cni" }),
    ],
    [
      { port: "v1", macs: [MAC.toLowerCase()], ips: ["10.8.0.1"], match: "mac" },
      { port: "v2", macs: [], ips: ["10.9.0.1", "fd09::1"] },
    ],
    {
      "k8s.v1.cni.cncf.io/network-status": JSON.stringify([
        { name: "cluster", interface: "eth0", ips: ["10.9.0.1"], mac: "02:00:00:00:00:07" },
        { name: "prod/net1", interface: "net1", ips: ["10.8.0.1"], mac: MAC, dns: {} },
      ]),
      // It does not count: it would be the MAC of both ports
      "sluice.dev/mac": "02:00:00:00:00:09",
    },
  ],
  [
    "ovs-cni",
    [row("v1", { contPodUid: UID, contIface: "net1", owner: "ovs-cni.network.kubevirt.io" })],
    [{ port: "v1", macs: ["02:00:00:00:00:09"], match: "mac" }],
    { "sluice.dev/mac": "02:00:00:00:00:09" },
  ],
  [
    "annotation",
    [row("web", { "attached-mac": MAC })],
    [{ port: "web", macs: ["02:00:00:00:00:09", "02:00:00:00:00:0a"], match: "mac" }],
    { "sluice.dev/ovs-port": "web", "sluice.dev/mac": "02:00:00:00:00:09, 02:00:00:00:00:0A" },
  ],
  [
    "ovs-cni", // a static Pod: the kubelet gave it another UID than the API server
    [row("v1", { contPodUid: "5e1f", contIface: "net1", owner: "ovs-cni.network.kubevirt.io" })],
    [{ port: "v1" }],
    { "kubernetes.io/config.mirror": "5e1f" },
  ],
  [
    "ovs-cni", // a Pod that only says that it is a mirror is found all the same
    [row("v1", { contPodUid: UID, contIface: "net1", owner: "ovs-cni.network.kubevirt.io" })],
    [{ port: "v1" }],
    { "kubernetes.io/config.mirror": "5e1f" },
  ],
  [
    "antrea", // a secondary interface without IPAM
    [
      row("web-eth1-4d5e", {
        "antrea-type": "container",
        "pod-name": "web",
        "pod-namespace": "prod",
        "attached-mac": MAC,
        "if-dev": "eth1",
        "ip-address": "",
      }),
    ],
    [{ port: "web-eth1-4d5e", macs: [MAC.toLowerCase()], ips: [], match: "mac" }],
  ],
  [
    "libvirt",
    [
      row("vnet0", { "vm-id": UID, "attached-mac": MAC, "iface-status": "active" }),
      row("vnet1", { "vm-id": UID, "attached-mac": MAC, "iface-status": "inactive" }),
      row("vnet2", { "vm-id": "other", "attached-mac": MAC, "iface-status": "active" }),
    ],
    [{ port: "vnet0", macs: [MAC.toLowerCase()], ips: ["10.9.0.1", "fd09::1"], match: "mac" }],
  ],
  [
    "libvirt",
    [row("tap1", { "vm-uuid": "1234", "attached-mac": MAC })],
    [{ port: "tap1" }],
    { "sluice.dev/vm-id": "1234" },
  ],
];

for (const [name, rows, expected, annotations] of FOUND) {
  Deno.test(`resolver ${name} finds ${expected.map(({ port }) => port).join(", ") || "nothing"}`, () => {
    const resolver = resolvers.find((each) => each.name === name)!;
    const found = resolver.resolve(pod(annotations), view(rows));
    assert.equal(found.length, expected.length);
    found.forEach((attachment, index) =>
      assert.partialDeepStrictEqual(attachment, expected[index])
    );
  });
}

Deno.test("no resolver finds a port for a Pod that has none", () => {
  const rows = FOUND.flatMap(([, each]) => each);
  const other: Pod = { namespace: "x", name: "y", uid: "z", annotations: {}, ips: [] };
  for (const resolver of resolvers) assert.deepEqual(resolver.resolve(other, view(rows)), []);
});

const OVS_CNI = row("v1", { contPodUid: UID, owner: "ovs-cni.network.kubevirt.io" });
const REFUSED: readonly [string, Record<string, string>, RegExp][] = [
  [
    "annotation",
    { "sluice.dev/ovs-port": "web", "sluice.dev/match": "tcp" },
    /"tcp": not mac or ip/,
  ],
  ["annotation", { "sluice.dev/ovs-port": "web", "sluice.dev/mac": "x" }, /"x": not a unicast MAC/],
  [
    "annotation",
    { "sluice.dev/ovs-port": "web", "sluice.dev/mac": "01:00:5e:00:00:01" },
    /not a unicast MAC/,
  ],
  ["ovs-cni", { "sluice.dev/mac": "" }, /"": not a unicast MAC/],
  ["ovs-cni", { "k8s.v1.cni.cncf.io/network-status": "{" }, /"{": not JSON/],
];
Deno.test.each(REFUSED)("resolver %s refuses %o", (name, annotations, message) => {
  const resolver = resolvers.find((each) => each.name === name)!;
  assert.throws(() => resolver.resolve(pod(annotations), view([OVS_CNI])), (error) => {
    assert.ok(error instanceof TypeError);
    assert.match(error.message, message);
    return true;
  });
});

Deno.test.each(["{}", "null", "[null]", "[1]", '[{"interface":"net1","ips":"x","mac":1}]'])(
  "resolver ovs-cni ignores a network status of unknown form: %s",
  (status) => {
    const resolver = resolvers.find(({ name }) => name === "ovs-cni")!;
    const found = resolver.resolve(
      pod({ "k8s.v1.cni.cncf.io/network-status": status }),
      view([OVS_CNI]),
    );
    assert.deepEqual(found.map(({ port, macs }) => ({ port, macs })), [{ port: "v1", macs: [] }]);
  },
);
