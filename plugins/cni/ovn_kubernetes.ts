/** OVN-Kubernetes: `iface-id-ver` is the Pod's UID, `iface-id` ends in `<namespace>_<pod>`. @module */
import { defineResolver } from "../../core/api.ts";
import { attach } from "./_attach.ts";

export default defineResolver({
  name: "ovn-kubernetes",
  docs: "Finds the ports whose Interface has the Pod's UID in external_ids:iface-id-ver.",
  resolve(pod, ports) {
    const rows = ports.withExternalID("iface-id-ver", pod.uid)
      // A sandbox that was replaced leaves its port behind for a while, without a number.
      .filter(({ external_ids, ofport }) =>
        external_ids.sandbox !== undefined && ofport !== undefined
      );
    return attach(rows, pod, { mac: "attached_mac", ips: "ip_addresses", match: "ip" });
  },
});
