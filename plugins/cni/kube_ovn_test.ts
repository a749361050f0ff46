/** Which Pods have the ports of KubeVirt's virtual machines. */
import assert from "node:assert/strict";
import type { Pod } from "../../core/api.ts";
import kubeOvn from "./kube_ovn.ts";
import { pod, row, view } from "./testing/rows.ts";

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
      row(pod_name, { vendor: "kube-ovn", pod_name, pod_namespace: "prod", ip: "10.9.0.1" })
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
    const port = row("m", { vendor: "kube-ovn", pod_name: machine, pod_namespace: "prod", ip });
    const found = kubeOvn.resolve({ ...pod(), ...more }, view([port]));
    assert.equal(found.length, isFound ? 1 : 0);
  },
);
