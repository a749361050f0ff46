/**
 * Resolver for Kube-OVN, which writes the Pod's name into `pod_name`; for KubeVirt, the virtual machine's name, which is
 * in the name of its launcher Pod: nobody can change that, as opposed to an annotation. The MAC is in the Pod's annotation `<provider>.kubernetes.io/mac_address`. The provider of a port is the end of its `iface-id`,
 * `<pod>.<namespace>[.<provider>]`; the first port has none there, and its provider is `ovn`. @module
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

export default defineResolver({
  name: "kube-ovn",
  docs: "Finds the ports that Kube-OVN marked with pod_name and pod_namespace.",
  annotations: [VM_ANNOTATION, "*.kubernetes.io/mac_address", MAC_ANNOTATION],
  marks: ["pod_name"],
  resolve(pod, ports) {
    const machine = LAUNCHER.exec(pod.name)?.groups?.machine ?? pod.name;
    // The API server cuts a long name of a machine. Then only the annotation has all of it.
    const names = new Set([pod.name, machine, pod.annotations[VM_ANNOTATION] ?? pod.name]);
    const rows = [...names].flatMap((name) => ports.withExternalID("pod_name", name))
      .filter(({ external_ids }) =>
        external_ids.vendor === "kube-ovn" && external_ids.pod_namespace === pod.namespace
      );
    const known = (row: InterfaceRow) => ({ mac: macOf(pod, row) });
    return attach(rows, pod, { ips: "ip", match: "ip", known });
  },
});
