/** Resolver for OVN-Kubernetes, which writes the Pod's UID into `iface-id-ver`. @module */
import { defineResolver } from "../../core/api.ts";
import { attach, MAC_ANNOTATION } from "./_attach.ts";

export default defineResolver({
  name: "ovn-kubernetes",
  docs: "Finds the ports whose Interface has the Pod's UID in external_ids:iface-id-ver.",
  annotations: [MAC_ANNOTATION],
  marks: ["iface-id-ver"],
  resolve(pod, ports) {
    const rows = ports.withExternalID("iface-id-ver", pod.uid)
      // When a Pod's sandbox is replaced, the port of the former one stays for a while, without a port number.
      .filter(({ external_ids, ofport }) =>
        external_ids.sandbox !== undefined && ofport !== undefined
      );
    return attach(rows, pod, { mac: "attached_mac", ips: "ip_addresses", match: "ip" });
  },
});
