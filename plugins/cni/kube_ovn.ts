/**
 * Resolver for Kube-OVN, which writes the Pod's name into `pod_name`. For KubeVirt that is the name of the virtual
 * machine: it is a part of the name of its launcher Pod. Anybody can give a Pod such a name, so it counts only if the
 * port has an IP address of the Pod.
 *
 * The MAC is in the Pod's annotation `<provider>.kubernetes.io/mac_address`. The provider of a port is the end of its
 * `iface-id`, `<pod>.<namespace>[.<provider>]`. The first port has none there, and its provider is `ovn`. @module
 */
import { defineResolver, type InterfaceRow, type Pod } from "../../core/api.ts";
import { attach, MAC_ANNOTATION } from "./_attach.ts";

/** The annotation in which a launcher Pod of KubeVirt names its virtual machine. */
const VM_ANNOTATION = "kubevirt.io/domain";
const DEFAULT_PROVIDER = "ovn";
/** KubeVirt's launcher Pods have it as their name's beginning, then the machine's name, then what the API server adds. */
const LAUNCHER = /^virt-launcher-(?<machine>.+)-[a-z0-9]{5}$/;

function macOf(pod: Pod, { external_ids }: InterfaceRow): string | undefined {
  const start = `${external_ids.pod_name}.${pod.namespace}.`;
  const id = external_ids["iface-id"] ?? "";
  const provider = id.startsWith(start) ? id.slice(start.length) : DEFAULT_PROVIDER;
  return pod.annotations[`${provider}.kubernetes.io/mac_address`];
}

/** Whether one of the machine's ports has an address that the kubelet has reported for the Pod. */
function hasAddressOf({ ips }: Pod, rows: readonly InterfaceRow[]): boolean {
  return rows.some(({ external_ids: { ip = "" } }) =>
    ip.split(",").some((each) => ips.includes(each))
  );
}

export default defineResolver({
  name: "kube-ovn",
  docs: "Finds the ports that Kube-OVN marked with pod_name and pod_namespace.",
  annotations: [VM_ANNOTATION, "*.kubernetes.io/mac_address", MAC_ANNOTATION],
  marks: ["pod_name"],
  // Safe to trust: a machine's port counts only if it has an address of the Pod.
  trustedAnnotations: [VM_ANNOTATION],
  resolve(pod, ports) {
    const under = (name: string) =>
      ports.withExternalID("pod_name", name).filter(({ external_ids }) =>
        external_ids.vendor === "kube-ovn" && external_ids.pod_namespace === pod.namespace
      );
    // The API server cuts a long name of a machine. Then only the annotation has all of it.
    const machines = [LAUNCHER.exec(pod.name)?.groups?.machine, pod.annotations[VM_ANNOTATION]];
    const ofMachines = [...new Set(machines)].filter((name) => name !== undefined)
      .filter((name) => name !== pod.name).map(under)
      .filter((rows) => hasAddressOf(pod, rows));
    const rows = [...under(pod.name), ...ofMachines.flat()];
    const known = (row: InterfaceRow) => ({ mac: macOf(pod, row) });
    return attach(rows, pod, { ips: "ip", match: "ip", known });
  },
});
