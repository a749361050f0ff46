/** Which Pods have the ports of KubeVirt's virtual machines, and which rows are ports of a Pod. */
import assert from "node:assert/strict";
import type { Pod } from "../../core/api.ts";
import kubeOvn from "./kube_ovn.ts";
import { pod, row, view } from "./testing/rows.ts";

/** What Kube-OVN writes for the first port of a Pod. */
const marks = (pod_name: string, more: Readonly<Record<string, string>> = {}) => ({
  vendor: "kube-ovn",
  "iface-id": `${pod_name}.prod`,
  pod_name,
  pod_namespace: "prod",
  ...more,
});

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
    const rows = ["db", "my-db-1", "virt-launcher-db", "launcher-db-x7k2p"].map((pod_name) =>
      row(pod_name, marks(pod_name, { ip: "10.9.0.1" }))
    );
    const found = kubeOvn.resolve({ ...pod(), name }, view(rows));
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
    const port = row("m", marks(machine, { ip }));
    const found = kubeOvn.resolve({ ...pod(), ...more }, view([port]));
    assert.equal(found.length, isFound ? 1 : 0);
  },
);

Deno.test("resolver kube-ovn: the port of a former sandbox, which has lost its iface-id, is no port of the Pod", () => {
  const { "iface-id": _, ...former } = marks("web", { ip: "10.9.0.1" });
  const found = kubeOvn.resolve(pod(), view([row("old", former), row("new", marks("web"))]));
  assert.deepEqual(found.map(({ port }) => port), ["new"]);
});

Deno.test("resolver kube-ovn: a port of DPDK has no vendor, and is found all the same", () => {
  const { vendor: _, ...unsigned } = marks("web", { ip: "10.9.0.1" });
  const rows = [
    { ...row("vhost", unsigned), type: "dpdkvhostuserclient" },
    row("others", unsigned),
  ];
  assert.deepEqual(kubeOvn.resolve(pod(), view(rows)).map(({ port }) => port), ["vhost"]);
});

/** MACs of the annotations, and those that are found for the first port, for `prod/net1` and for `other/net-2`. */
const STATUS = JSON.stringify([
  { name: "kube-ovn", interface: "eth0", mac: "00:00:00:aa:00:01", default: true },
  { name: "prod/net1", interface: "net1", mac: "00:00:00:aa:00:02" },
  { name: "other/net-2", interface: "net2", mac: "00:00:00:aa:00:03" },
]);
const SAID: readonly (readonly [string, Record<string, string>, readonly string[]])[] = [
  ["nothing", {}, ["", "", ""]],
  ["by the network status", { "k8s.v1.cni.cncf.io/network-status": STATUS }, [
    "00:00:00:aa:00:01",
    "00:00:00:aa:00:02",
    "00:00:00:aa:00:03",
  ]],
  ["by Kube-OVN before the network status", {
    "k8s.v1.cni.cncf.io/network-status": STATUS,
    "ovn.kubernetes.io/mac_address": "00:00:00:bb:00:01",
    "net-2.other.ovn.kubernetes.io/mac_address": "00:00:00:bb:00:03",
  }, ["00:00:00:bb:00:01", "00:00:00:aa:00:02", "00:00:00:bb:00:03"]],
];
Deno.test.each(SAID)(
  "resolver kube-ovn: MACs of a Pod's networks, said %s",
  (_, annotations, macs) => {
    const rows = ["", ".net1.prod.ovn", ".net-2.other.ovn"].map((end, index) =>
      row(`p${index}`, marks("web", { "iface-id": `web.prod${end}`, ip: `10.${index}.0.1` }))
    );
    const found = kubeOvn.resolve(pod(annotations), view(rows));
    assert.deepEqual(found.map(({ macs }) => macs.join()), macs);
    assert.deepEqual(found.map(({ ips }) => ips.join()), ["10.0.0.1", "10.1.0.1", "10.2.0.1"]);
  },
);

Deno.test("resolver kube-ovn: a port of a network without IPAM is told by its MAC, not by the Pod's addresses", () => {
  const id = "web.prod.net1.prod.ovn";
  const rows = [
    row("p0", marks("web", { "iface-id": id, ip: "" })),
    row("p1", marks("web", { "iface-id": id })),
  ];
  const found = kubeOvn.resolve(pod(), view(rows));
  assert.deepEqual(found.map(({ ips }) => ips), [[], []]);
  assert.deepEqual(found.map(({ match }) => match), ["mac", "mac"]);
});
