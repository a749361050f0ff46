/**
 * What is done to the packets of one Pod. It depends on the Pod's ports, on the ready TrafficControls that select it, and
 * on other Pods with the same MAC or IP.
 * @module
 */
import { ALL_VLANS, type Attachment, type PortVLANs } from "../../contracts/mod.ts";
import type { BridgePort } from "../ports/bridge_ports.ts";
import { type Condition, condition, warning } from "../../contracts/condition.ts";
import type { Control, PodKey } from "../../objects/types.ts";
import type { LocalPods, PodAttachment } from "./local_pods.ts";
import { TRUST } from "./places.ts";
import { checkAnnotations } from "../../objects/pod.ts";
import { combine, type CombinedTreatment, effectsOf } from "./treatments.ts";

const SHORTEN = "remove what is unneeded from it; docs/limits.md has the limit";
const GIVE_MAC = "set the annotation sluice.dev/mac";
const GET_MAC = `wait until its CNI has written it; if it writes none, ${GIVE_MAC}, and ${TRUST}`;

export interface TreatedPod {
  readonly ports: readonly TreatedPort[];
  readonly conditions: readonly Condition[];
  /** TrafficControls whose redirect does not get this Pod's packets, each with the one whose redirect gets them. */
  readonly superseded: ReadonlyMap<string, string>;
}

interface PodContext {
  readonly pods: LocalPods;
  readonly port: (name: string) => BridgePort | undefined;
  /** The ready TrafficControls that select the Pod. */
  readonly controls: (pod: PodKey) => readonly Control[];
}

/** What is done to the packets of a Pod; a Pod that is gone has no ports. */
export function treatPod(pod: PodKey, around: PodContext): TreatedPod {
  const { attachments, conditions } = around.pods.locationOf(pod);
  const ports = attachments.map((attachment) => treatPort(pod, attachment, around));
  const controls = around.controls(pod);
  const { diverted, redirected } = effectsOf(controls);
  const combined = ports.flatMap(({ egress, ingress }) => [egress, ingress]);
  return {
    ports,
    superseded: new Map(combined.flatMap((treatment) => [...treatment?.superseded ?? []])),
    conditions: [
      ...conditions,
      ...(diverted ? attachments.flatMap((a) => divertConditions(pod, a, around.pods)) : []),
      ...(redirected ? attachments.flatMap((a) => notRedirected(pod, a, around.pods)) : []),
      ...(controls.length > 0
        ? attachments.flatMap((a) => sharedIPConditions(pod, a, around))
        : []),
      ...attachments.flatMap((a) => noAddress(pod, a, around.pods)),
      ...annotationConditions(pod, around.pods),
    ],
  };
}

function treatPort(
  pod: PodKey,
  { wrongMAC, unproved, ...attachment }: PodAttachment,
  { pods, port, controls }: PodContext,
): TreatedPort {
  const sharing = new Set(attachment.macs.flatMap((mac) => [...pods.withMAC(mac)]));
  const ambiguous = sharing.size > 1;
  // Without a MAC, all that a redirected Pod sends is dropped. That is right only if the Pod has said a wrong one.
  const options = { noRedirect: ambiguous || (attachment.macs.length === 0 && !wrongMAC) };
  const egress = combine(controls(pod), "egress", options);
  // Packets to several Pods with one MAC match the same flow, so they are mirrored as any of these Pods asks for.
  const receivers = ambiguous
    ? [...new Set([...sharing].flatMap((key) => controls(key)))]
    : controls(pod);
  const ingress = combine(receivers, "ingress", { ...options, noDrop: ambiguous });
  const sharedIPs = attachment.match === "ip"
    ? attachment.ips.filter((ip) => pods.withIP(ip).size > 1)
    : [];
  return {
    ...attachment,
    ambiguous: ambiguous || unproved === true,
    ...(sharedIPs.length > 0 && { sharedIPs }),
    vlans: port(attachment.port)?.vlans ?? ALL_VLANS,
    ...(egress && { egress }),
    ...(ingress && { ingress }),
  };
}

function divertConditions(
  pod: PodKey,
  { macs, wrongMAC }: PodAttachment,
  pods: LocalPods,
): Condition[] {
  if (macs.length === 0 && wrongMAC) {
    const message = `Pod "${pod}" says a MAC that is not its own, so nothing that it sends arrives`;
    return [condition("ClaimRefused", message, "correct its annotations")];
  }
  return macs.filter((mac) => pods.withMAC(mac).size > 1).map((mac) => {
    const others = [...pods.withMAC(mac)].filter((key) => key !== pod).sort().join(", ");
    const message =
      `Pod "${pod}" and ${others} have MAC ${mac}, so nothing to or from them is redirected, and ` +
      "nothing to them is dropped";
    return condition("AmbiguousMAC", message, "give them distinct MACs");
  });
}

/** Without a MAC, what comes back from a pair cannot be told from what others send. */
function notRedirected(
  pod: PodKey,
  { port, macs, wrongMAC }: PodAttachment,
  pods: LocalPods,
): Condition[] {
  if (macs.length > 0 || wrongMAC) return [];
  const message =
    `Port "${port}" of Pod "${pod}" has no known MAC, so nothing to or from it is redirected`;
  return [condition("NoMAC", message, cureOfNoMAC(pod, pods))];
}

/** Annotations of Sluice count only from sources that are trusted. */
const cureOfNoMAC = (pod: PodKey, pods: LocalPods) => pods.get(pod)?.isTenants ? GET_MAC : GIVE_MAC;

/** Warnings of other Pods with the same IP: packets to them are taken for packets to this Pod, or the other way round. */
function sharedIPConditions(
  pod: PodKey,
  { port: own, ips, match }: PodAttachment,
  { pods, port }: PodContext,
): Condition[] {
  if (match !== "ip") return [];
  const vlanOf = (name: string) => (port(name)?.vlans ?? ALL_VLANS).own;
  const hasIt = (ip: string, other: PodKey) =>
    pods.locationOf(other).attachments.some((attachment) =>
      attachment.ips.includes(ip) && vlanOf(attachment.port) === vlanOf(own)
    );
  return ips.flatMap((ip) => {
    const others = [...pods.withIP(ip)].filter((other) => other !== pod && hasIt(ip, other)).sort();
    if (others.length === 0) return [];
    const message =
      `Pod "${pod}" and ${others.join(", ")} have IP ${ip} in the same VLAN, so packets to them ` +
      "are not told apart";
    return [warning("AmbiguousIP", message, "give them distinct IPs, or ports in distinct VLANs")];
  });
}

function noAddress(
  pod: PodKey,
  { port, macs, ips, match }: PodAttachment,
  pods: LocalPods,
): Condition[] {
  if (match === "ip" ? ips.length > 0 : macs.length > 0) return [];
  const message =
    `Packets to port "${port}" cannot be told, so none of them is mirrored, redirected or dropped`;
  return match === "ip"
    ? [condition("NoMAC", `${message}: the Pod's status.podIPs are empty`)]
    : [condition("NoMAC", message, cureOfNoMAC(pod, pods))];
}

/** Warnings of wrong annotations. A resolver may still find the Pod: not every resolver reads every annotation. */
function annotationConditions(pod: PodKey, pods: LocalPods): Condition[] {
  const { annotations, leftOut } = pods.get(pod) ?? {};
  const wrong = checkAnnotations(annotations).map(({ path, message }) =>
    warning("Invalid", `Pod "${pod}": ${path}: ${message}`)
  );
  return leftOut ? [...wrong, warning("Invalid", `Pod "${pod}": ${leftOut}`, SHORTEN)] : wrong;
}

/** One port of a local Pod, and what is done to its packets; nothing is done in a direction that is absent. */
export interface TreatedPort extends Attachment {
  readonly vlans: PortVLANs;
  /** Those of its IPs that another local Pod has, too; absent if there are none. */
  readonly sharedIPs?: readonly string[];
  /** Somebody else may have one of its MACs: another local Pod has it, or only a tenant says that it is this Pod's. */
  readonly ambiguous: boolean;
  readonly egress?: CombinedTreatment;
  readonly ingress?: CombinedTreatment;
}

export const isUnselected = ({ egress, ingress }: TreatedPort) => !egress && !ingress;
