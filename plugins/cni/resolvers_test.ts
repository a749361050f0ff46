/** Every resolver finds its Pod's ports among rows as the CNI writes them, and no port of another Pod. */
import assert from "node:assert/strict";
import type { Attachment, InterfaceRow, Pod, PortView } from "../../core/api.ts";
import { resolvers } from "../mod.ts";

const UID = "6f2f8a1e-6d3c-4d5e-9b0a-0c1d2e3f4a5b";
const MAC = "02:AA:00:00:00:01";

const row = (name: string, external_ids: Record<string, string>): InterfaceRow => ({
  name,
  type: "",
  external_ids,
  ofport: 7,
});

function view(rows: readonly InterfaceRow[]): PortView {
  return {
    named: (name) => rows.find((each) => each.name === name),
    withExternalID: (key, value) => rows.filter(({ external_ids }) => external_ids[key] === value),
  };
}
const pod = (annotations: Record<string, string> = {}): Pod => ({
  namespace: "prod",
  name: "web",
  uid: UID,
  annotations,
  ips: ["10.9.0.1", "fd09::1"],
});

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
      { name: "a0", type: "", external_ids: { "iface-id-ver": UID, sandbox: "s0" } },
      row("a2", { "iface-id": "prod_db", "iface-id-ver": "other", sandbox: "s2" }),
    ],
    [{ port: "a1", macs: [MAC.toLowerCase()], ips: ["10.9.0.1"], match: "ip" }],
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
      row("h3", { vendor: "kube-ovn", pod_name: "web", pod_namespace: "test" }),
      row("h4", { vendor: "kube-ovn", pod_name: "db", pod_namespace: "prod" }),
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
    [row("vm", { vendor: "kube-ovn", pod_name: "machine", pod_namespace: "prod", ip: "10.9.0.1" })],
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

/** Names of launcher Pods, and the machines whose ports they have. */
const LAUNCHERS: readonly (readonly [string, string])[] = [
  ["virt-launcher-db-x7k2p", "db"],
  ["virt-launcher-my-db-1-x7k2p", "my-db-1"],
  ["virt-launcher-db", "virt-launcher-db"],
  ["launcher-db-x7k2p", "launcher-db-x7k2p"],
];
Deno.test.each(LAUNCHERS)(
  "resolver kube-ovn: Pod %s has the port of %s, without any annotation",
  (name, machine) => {
    const resolver = resolvers.find((each) => each.name === "kube-ovn")!;
    const rows = ["db", "my-db-1", "virt-launcher-db", "launcher-db-x7k2p"].map((pod_name) =>
      row(pod_name, { vendor: "kube-ovn", pod_name, pod_namespace: "prod", ip: "10.9.0.1" })
    );
    const found = resolver.resolve({ ...pod(), name }, view(rows));
    assert.deepEqual(found.map(({ port }) => port), [machine]);
  },
);

const LONG = "virt-launcher-a-machine-whose-name-is-so-long-that-x7k2p";
/** A port of a machine, a Pod that may be its launcher, and whether it counts. */
const MACHINES:
  readonly (readonly [what: string, machine: string, ip: string, Partial<Pod>, boolean])[] = [
    [
      "the launcher of another machine's name",
      "db",
      "10.9.0.7",
      { name: "virt-launcher-db-aaaaa" },
      false,
    ],
    [
      "a Pod without an address",
      "db",
      "10.9.0.1",
      { name: "virt-launcher-db-x7k2p", ips: [] },
      false,
    ],
    ["the launcher, by its IPv6 address", "db", "10.9.0.9,fd09::1", {
      name: "virt-launcher-db-x7k2p",
    }, true],
    [
      "a launcher whose name is cut, and which names its machine",
      "a-machine-whose-name-is-so-long-that-it-is-cut",
      "10.9.0.1",
      {
        name: LONG,
        annotations: { "kubevirt.io/domain": "a-machine-whose-name-is-so-long-that-it-is-cut" },
      },
      true,
    ],
    [
      "a Pod that names another machine",
      "db",
      "10.9.0.7",
      { annotations: { "kubevirt.io/domain": "db" } },
      false,
    ],
  ];
Deno.test.each(MACHINES)(
  "resolver kube-ovn: %s has the port of a machine only with an address of that port",
  (_, machine, ip, more, isFound) => {
    const resolver = resolvers.find((each) => each.name === "kube-ovn")!;
    const port = row("m", { vendor: "kube-ovn", pod_name: machine, pod_namespace: "prod", ip });
    const found = resolver.resolve({ ...pod(), ...more }, view([port]));
    assert.equal(found.length, isFound ? 1 : 0);
  },
);

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
