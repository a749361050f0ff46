/** ovs-cni: the Pod's UID in `contPodUid`; it writes no MAC, so the Pod says it. @module */
import { defineResolver } from "../../core/api.ts";
import { attach } from "./_attach.ts";

const OWNER = "ovs-cni.network.kubevirt.io";

export default defineResolver({
  name: "ovs-cni",
  docs: "Finds the ports that ovs-cni marked with the Pod's UID in Port.external_ids:contPodUid.",
  resolve(pod, ports) {
    return ports.withExternalID("contPodUid", pod.uid)
      .filter(({ external_ids }) => external_ids.owner === OWNER)
      .map((row) => attach(row, pod, { mac: "attached-mac", match: "mac" }));
  },
});
