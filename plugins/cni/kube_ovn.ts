/**
 * Resolver for Kube-OVN, which writes the Pod's name into `pod_name`. For KubeVirt that is the name of the virtual
 * machine: it is a part of the name of its launcher Pod. Anybody can give a Pod such a name, so it counts only if the
 * port has an IP address of the Pod.
 *
 * A Pod has a port for each of its networks on OVN's bridge. The provider of a port is the end of its `iface-id`,
 * `<pod>.<namespace>[.<provider>]`. The first port has none there, and its provider is `ovn`; others have
 * `<network>.<namespace>.ovn`. The MAC is in the Pod's annotation `<provider>.kubernetes.io/mac_address`, or else in the
 * network's entry of `k8s.v1.cni.cncf.io/network-status`. @module
 */
import { defineResolver, type InterfaceRow, type Pod } from "../../core/api.ts";
import { attach, type Known, MAC_ANNOTATION } from "./_attach.ts";
import { networkStatus, STATUS_ANNOTATION } from "./_network_status.ts";

/** The annotation in which a launcher Pod of KubeVirt names its virtual machine. */
const VM_ANNOTATION = "kubevirt.io/domain";
const DEFAULT_PROVIDER = "ovn";
/** KubeVirt's launcher Pods have it as their name's beginning, then the machine's name, then what the API server adds. */
const LAUNCHER = /^virt-launcher-(?<machine>.+)-[a-z0-9]{5}$/;

/** A provider of another network than the first: its name, and its namespace. Networks of other CNIs end otherwise. */
const PROVIDER = /^(?<network>[^.]+)\.(?<namespace>[^.]+)\.ovn$/;

function providerOf(pod: Pod, { external_ids }: InterfaceRow): string {
  const start = `${external_ids.pod_name}.${pod.namespace}.`;
  const id = external_ids["iface-id"] ?? "";
  return id.startsWith(start) ? id.slice(start.length) : DEFAULT_PROVIDER;
}

function macOf(pod: Pod, provider: string): string | undefined {
  const said = pod.annotations[`${provider}.kubernetes.io/mac_address`];
  if (said !== undefined) return said;
  const { network, namespace } = PROVIDER.exec(provider)?.groups ?? {};
  return networkStatus(pod).find((each) =>
    provider === DEFAULT_PROVIDER ? each.isDefault : each.network === `${namespace}/${network}`
  )?.addresses.mac;
}

/** Without IPAM a port of another network has no address: those of the Pod's status are of its first port. */
const hasNoAddress = (pod: Pod, row: InterfaceRow) =>
  !row.external_ids.ip && providerOf(pod, row) !== DEFAULT_PROVIDER;

const knownOf = (pod: Pod, row: InterfaceRow): Known => ({
  mac: macOf(pod, providerOf(pod, row)),
  ...(hasNoAddress(pod, row) && { ips: [] }),
});

/** Ports of DPDK have no vendor. */
const isKubeOvns = ({ type, external_ids: { vendor } }: InterfaceRow) =>
  vendor === "kube-ovn" || (vendor === undefined && type === "dpdkvhostuserclient");

/** When a Pod's sandbox is replaced, the port of the former one stays for a while, without its `iface-id`. */
const isCurrent = ({ external_ids }: InterfaceRow) => external_ids["iface-id"] !== undefined;

/** Whether one of the machine's ports has an address that the kubelet has reported for the Pod. */
function hasAddressOf({ ips }: Pod, rows: readonly InterfaceRow[]): boolean {
  return rows.some(({ external_ids: { ip = "" } }) =>
    ip.split(",").some((each) => ips.includes(each))
  );
}

export default defineResolver({
  name: "kube-ovn",
  docs: "Finds the ports that Kube-OVN marked with pod_name and pod_namespace.",
  annotations: [VM_ANNOTATION, "*.kubernetes.io/mac_address", STATUS_ANNOTATION, MAC_ANNOTATION],
  marks: ["pod_name"],
  // Safe to trust: a machine's port counts only if it has an address of the Pod.
  trustedAnnotations: [VM_ANNOTATION],
  resolve(pod, ports) {
    const under = (name: string) =>
      ports.withExternalID("pod_name", name).filter((row) =>
        isKubeOvns(row) && isCurrent(row) && row.external_ids.pod_namespace === pod.namespace
      );
    // The API server cuts a long name of a machine. Then only the annotation has all of it.
    const machines = [LAUNCHER.exec(pod.name)?.groups?.machine, pod.annotations[VM_ANNOTATION]];
    const ofMachines = [...new Set(machines)].filter((name) => name !== undefined)
      .filter((name) => name !== pod.name).map(under)
      .filter((rows) => hasAddressOf(pod, rows));
    const rows = [...under(pod.name), ...ofMachines.flat()];
    return attach(rows, pod, {
      ips: "ip",
      match: (row) => hasNoAddress(pod, row) ? "mac" : "ip",
      known: (row) => knownOf(pod, row),
    });
  },
});
