/**
 * Resolver for OVN-Kubernetes, which writes the Pod's UID into `iface-id-ver`: of a static Pod, that of its object in the
 * API server.
 *
 * A Pod has a port for each of its networks on OVN's bridge. All but the first have the key `k8s.ovn.org/nad`. A network
 * without IPAM gives no addresses: those of the Pod's status are of its first port. @module
 */
import { defineResolver, type InterfaceRow } from "../../core/api.ts";
import { attach, MAC_ANNOTATION } from "./_attach.ts";

/**
 * When a Pod's sandbox is replaced, the port of the former one stays for a while. It has lost its device, or its `iface-id`,
 * by which OVN takes it.
 */
const isCurrent = ({ external_ids, ofport }: InterfaceRow) =>
  ofport !== undefined && external_ids.sandbox !== undefined &&
  external_ids["iface-id"] !== undefined;

function isWithoutAddress({ external_ids }: InterfaceRow): boolean {
  return external_ids["k8s.ovn.org/nad"] !== undefined && !external_ids.ip_addresses;
}

export default defineResolver({
  name: "ovn-kubernetes",
  docs: "Finds the ports whose Interface has the Pod's UID in external_ids:iface-id-ver.",
  annotations: [MAC_ANNOTATION],
  marks: ["iface-id-ver"],
  resolve(pod, ports) {
    const rows = ports.withExternalID("iface-id-ver", pod.uid).filter(isCurrent);
    return attach(rows, pod, {
      mac: "attached_mac",
      ips: "ip_addresses",
      match: (row) => isWithoutAddress(row) ? "mac" : "ip",
      known: (row) => isWithoutAddress(row) ? { ips: [] } : undefined,
    });
  },
});
