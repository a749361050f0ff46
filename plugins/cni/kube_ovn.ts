/** Kube-OVN: the Pod's name in `pod_name`, for KubeVirt the virtual machine's. @module */
import { defineResolver } from "../../core/api.ts";
import { attach } from "./_attach.ts";

/** Annotation and label by which KubeVirt's launcher Pods name their virtual machine. */
const VM_ANNOTATION = "kubevirt.io/domain";

export default defineResolver({
  name: "kube-ovn",
  docs: "Finds the ports that Kube-OVN marked with pod_name and pod_namespace.",
  resolve(pod, ports) {
    const names = new Set([pod.name, pod.annotations[VM_ANNOTATION] ?? pod.name]);
    return [...names].flatMap((name) => ports.withExternalID("pod_name", name))
      .filter(({ external_ids }) =>
        external_ids.vendor === "kube-ovn" && external_ids.pod_namespace === pod.namespace
      )
      .map((row) => attach(row, pod, { mac: "attached-mac", ips: "ip", match: "ip" }));
  },
});
