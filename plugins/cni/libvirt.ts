/**
 * libvirt and OpenStack: virtual machines by their UUID, in `vm-id` (libvirt) or `vm-uuid` (Nova). The Pod object that
 * stands for the machine, in a folder of manifests, has that UUID as its UID, or in the annotation `sluice.dev/vm-id`.
 * KubeVirt's launcher Pods have neither: their ports are their CNI's.
 * @module
 */
import { defineResolver } from "../../core/api.ts";
import { attach } from "./_attach.ts";

const ANNOTATION = "sluice.dev/vm-id";
const KEYS = ["vm-id", "vm-uuid"];

export default defineResolver({
  name: "libvirt",
  docs: "Finds the ports of a virtual machine by its UUID in external_ids:vm-id or vm-uuid.",
  resolve(pod, ports) {
    const uuid = pod.annotations[ANNOTATION] ?? pod.uid;
    const rows = KEYS.flatMap((key) => ports.withExternalID(key, uuid))
      .filter(({ external_ids }) => external_ids["iface-status"] !== "inactive");
    return attach(rows, pod, { mac: "attached-mac", match: "mac" });
  },
});
