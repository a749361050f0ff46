/**
 * Resolver for virtual machines of libvirt and OpenStack, whose UUID is in `vm-id` (libvirt) or `vm-uuid` (Nova). In a
 * folder of manifests a Pod object stands for the machine. It has the machine's UUID as its UID, or in the annotation
 * `sluice.dev/vm-id`. For KubeVirt's launcher Pods this resolver finds nothing: the resolver of their CNI finds their
 * ports. @module
 */
import { defineResolver } from "../../core/api.ts";
import { attach, MAC_ANNOTATION } from "./_attach.ts";

const ANNOTATION = "sluice.dev/vm-id";
const KEYS = ["vm-id", "vm-uuid"];

export default defineResolver({
  name: "libvirt",
  docs: "Finds the ports of a virtual machine by its UUID in external_ids:vm-id or vm-uuid.",
  annotations: [ANNOTATION, MAC_ANNOTATION],
  resolve(pod, ports) {
    const uuid = pod.annotations[ANNOTATION] ?? pod.uid;
    const rows = KEYS.flatMap((key) => ports.withExternalID(key, uuid))
      .filter(({ external_ids }) => external_ids["iface-status"] !== "inactive");
    return attach(rows, pod, { mac: "attached-mac", match: "mac" });
  },
});
