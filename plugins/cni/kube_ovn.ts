/**
 * Kube-OVN: the Pod's name in `pod_name`, for KubeVirt the virtual machine's. Its MAC is in the Pod's annotation
 * `<provider>.kubernetes.io/mac_address`; the provider of a port is the end of its `iface-id`,
 * `<pod>.<namespace>[.<provider>]`, and `ovn` for the first port.
 * @module
 */
import { defineResolver, type InterfaceRow, type Pod } from "../../core/api.ts";
import { attach } from "./_attach.ts";

/** By this KubeVirt's launcher Pods name their virtual machine. */
const VM_ANNOTATION = "kubevirt.io/domain";
const DEFAULT_PROVIDER = "ovn";

function macOf(pod: Pod, { external_ids }: InterfaceRow): string | undefined {
  const start = `${external_ids.pod_name}.${pod.namespace}.`;
  const id = external_ids["iface-id"] ?? "";
  const provider = id.startsWith(start) ? id.slice(start.length) : DEFAULT_PROVIDER;
  return pod.annotations[`${provider}.kubernetes.io/mac_address`];
}

export default defineResolver({
  name: "kube-ovn",
  docs: "Finds the ports that Kube-OVN marked with pod_name and pod_namespace.",
  resolve(pod, ports) {
    const names = new Set([pod.name, pod.annotations[VM_ANNOTATION] ?? pod.name]);
    const rows = [...names].flatMap((name) => ports.withExternalID("pod_name", name))
      .filter(({ external_ids }) =>
        external_ids.vendor === "kube-ovn" && external_ids.pod_namespace === pod.namespace
      );
    const known = (row: InterfaceRow) => ({ mac: macOf(pod, row) });
    return attach(rows, pod, { ips: "ip", match: "ip", known });
  },
});
