/**
 * Annotations that name a virtual machine, where Kube-OVN or libvirt has marked the machine's port: a tenant gets no
 * machine's packets by them, and takes none out of its redirect. 50 packets out and 50 in.
 */
import type { TestPod } from "../lab/pod.ts";
import { markedAs, MarkedLab, type Told } from "./marked.ts";

/** The virtual machine of KubeVirt whose port has its name, not that of its launcher Pod. */
const MACHINE = "db";
const LAUNCHER = `virt-launcher-${MACHINE}-x7k2p`;

const kubeOVN = markedAs("interface", ({ name, ips }) => ({
  vendor: "kube-ovn",
  "iface-id": `${name === "p1" ? MACHINE : name}.default`,
  pod_name: name === "p1" ? MACHINE : name,
  pod_namespace: "default",
  ip: ips.map((ip) => ip.split("/")[0]).join(","),
}));
const withMAC = ({ mac }: TestPod) => ({ "ovn.kubernetes.io/mac_address": mac });
const named = (machine: string) => ({ "kubevirt.io/domain": machine });

for (
  const [settings, args] of [["by default", []], ["without trust", [
    "--trust-annotations",
    "none",
  ]]] as const
) {
  Deno.test(`Kube-OVN, ${settings}: the name of a machine in an annotation gives nobody its port, and takes nobody's`, async (t) => {
    await using marked = await MarkedLab.start(kubeOVN, ...args);
    const [machine, tenant, inspected, friend] = marked.pods;
    const launcher = (annotations: Readonly<Record<string, string>>): Told => ({
      pod: machine,
      name: LAUNCHER,
      labels: { app: "inspected" },
      annotations: { ...withMAC(machine), ...annotations },
    });
    const others = (annotations: Readonly<Record<string, string>>): Told[] => [
      { pod: tenant, labels: { app: "seen" }, annotations: { ...withMAC(tenant), ...annotations } },
      {
        pod: inspected,
        labels: { app: "inspected" },
        annotations: { ...withMAC(inspected), ...annotations },
      },
      { pod: friend, annotations: withMAC(friend) },
    ];
    const tricks = {
      "the tenant names the machine": [named(MACHINE), named(MACHINE)],
      "the tenant names the other Pod": [named(MACHINE), named("p3")],
      "the launcher names another": [named("p4"), {}],
      "the launcher names none": [{}, {}],
      "the launcher names another's MAC": [
        { "ovn.kubernetes.io/mac_address": "02:aa:00:00:00:03" },
        {},
      ],
      "the tenant names the machine's MAC": [{}, withMAC(machine)],
    } as const;
    await marked.tell(launcher(named(MACHINE)), ...others({}));
    for (const [trick, [ofLauncher, ofOthers]] of Object.entries(tricks)) {
      // An operator who trusts annotations believes a MAC: that is another test.
      if (args.length === 0 && trick.endsWith("MAC")) continue;
      await t.step(trick, async () => {
        await marked.tell(launcher(ofLauncher), ...others(ofOthers));
        await marked.expect([machine, friend], { at: { tap0: 1, ids0: 0 } });
        await marked.expect([inspected, friend], { at: { tap0: 1, ids0: 0 } });
      });
    }
  });
}

/** As much of other annotations as the API server accepts, of keys that Kube-OVN might use. */
const PADDING = Object.fromEntries(
  Array.from({ length: 15 }, (_, at) => [`a${at}.kubernetes.io/mac_address`, "x".repeat(16_350)]),
);

Deno.test("Kube-OVN: no amount of other annotations keeps a Pod's MAC from being read", async () => {
  await using marked = await MarkedLab.start(kubeOVN, "--trust-annotations", "none");
  const [, friend, inspected, dropped] = marked.pods;
  const told = (pod: TestPod, app: string, more = PADDING): Told => ({
    pod,
    labels: { app },
    annotations: { ...withMAC(pod), ...more },
  });
  await marked.tell(
    told(friend, "none", {}),
    told(inspected, "inspected"),
    told(dropped, "dropped"),
  );
  await marked.expect([inspected, friend], { at: { tap0: 1 } });
  await marked.expect([dropped, friend], { arrive: 0, at: { tap0: 0 } });
});

const libvirt = markedAs("interface", ({ name, mac }) => ({
  "vm-id": name,
  "attached-mac": mac,
  "iface-status": "active",
}));

Deno.test("libvirt: the UUID of a machine in an annotation gives nobody its port, and takes nobody's", async (t) => {
  await using marked = await MarkedLab.start(libvirt);
  const [tenant, machine, friend] = marked.pods;
  for (const uuid of [machine.name, friend.name, "none"]) {
    await t.step(uuid, async () => {
      await marked.tell(
        { pod: tenant, labels: { app: "seen" }, annotations: { "sluice.dev/vm-id": uuid } },
        {
          pod: machine,
          labels: { app: "inspected" },
          annotations: { "sluice.dev/vm-id": uuid === machine.name ? tenant.name : uuid },
        },
        { pod: friend },
      );
      await marked.expect([machine, friend], { at: { tap0: 1, ids0: 0 } });
      await marked.expect([tenant, friend], { at: { tap0: 0, ids0: 1 } });
    });
  }
});
