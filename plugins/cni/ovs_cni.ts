/**
 * Resolver for ovs-cni, which writes the Pod's UID into `contPodUid`, and into `contIface` the name that the interface has
 * inside the Pod. The MAC is in the Pod's annotation `k8s.v1.cni.cncf.io/network-status`, where Multus writes it under that
 * name. It also finds the ports of KubeVirt's virtual machines, whose launcher Pods have them. @module
 */
import { defineResolver, type Pod } from "../../core/api.ts";
import { attach, MAC_ANNOTATION } from "./_attach.ts";
import { networkStatus, STATUS_ANNOTATION } from "./_network_status.ts";

const OWNER = "ovs-cni.network.kubevirt.io";
/**
 * The kubelet gives a static Pod this UID, and the Pod in the API server (its mirror) another one. The API server lets
 * nobody change this annotation, but whoever may create Pods can create one with it, and with an owner of kind Node.
 */
const STATIC_UID = "kubernetes.io/config.mirror";
/**
 * The UID of the Pod's static Pod. Only the kubelet writes addresses into a Pod's status, and it writes none into a mirror
 * without a static Pod, which it deletes within seconds.
 */
function staticUID({ annotations, ips }: Pod): string | undefined {
  return ips.length > 0 ? annotations[STATIC_UID] : undefined;
}

export default defineResolver({
  name: "ovs-cni",
  docs: "Finds the ports that ovs-cni marked with the Pod's UID in Port.external_ids:contPodUid.",
  annotations: [STATIC_UID, STATUS_ANNOTATION, MAC_ANNOTATION],
  marks: ["contPodUid"],
  trustedAnnotations: [STATIC_UID],
  resolve(pod, ports) {
    // Both: a Pod that only says that it is a mirror must not get out of sight by that.
    const uids = new Set([pod.uid, staticUID(pod) ?? pod.uid]);
    const rows = [...uids].flatMap((uid) => ports.withExternalID("contPodUid", uid))
      .filter(({ external_ids }) => external_ids.owner === OWNER);
    if (rows.length === 0) return [];
    const status = new Map(networkStatus(pod).map(({ device, addresses }) => [device, addresses]));
    return attach(rows, pod, {
      match: "mac",
      known: ({ external_ids }) => status.get(external_ids.contIface ?? ""),
    });
  },
});
