/**
 * libvirt and OpenStack: virtual machines by their UUID, in `vm-id` or `vm-uuid`. The object that stands for the machine
 * has that UUID as its UID, or in the annotation `sluice.dev/vm-id`.
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
    return KEYS.flatMap((key) => ports.withExternalID(key, uuid))
      .filter(({ external_ids }) => external_ids["iface-status"] !== "inactive")
      .map((row) => attach(row, pod, { mac: "attached-mac", match: "mac" }));
  },
});
