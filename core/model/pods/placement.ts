/** What is done to the packets of one Pod: its ports, its ready TrafficControls, its neighbours. @module */
import type { Attachment } from "../../contracts/mod.ts";
import type { BridgePort } from "../ports/bridge_ports.ts";
import { type Condition, condition, warning } from "../../contracts/condition.ts";
import type { Control, PodKey } from "../../objects/types.ts";
import type { LocalPods } from "./local_pods.ts";
import { checkAnnotations } from "../../objects/pod.ts";
import { combine, type Combined, diverts } from "./treatments.ts";

const GIVE_MAC = "set the annotation sluice.dev/mac";

export interface Placed {
  readonly placements: readonly Placement[];
  readonly conditions: readonly Condition[];
  /** Controls whose redirect does not have this Pod, with the one that has it. */
  readonly superseded: ReadonlyMap<string, string>;
}

interface Around {
  readonly pods: LocalPods;
  readonly port: (name: string) => BridgePort | undefined;
  /** Ready controls that select the Pod. */
  readonly controls: (pod: PodKey) => readonly Control[];
}

export function place(pod: PodKey, around: Around): Placed {
  const { attachments, condition: nowhere } = around.pods.whereabouts(pod);
  const placements = attachments.map((attachment) => placeOne(pod, attachment, around));
  const controls = around.controls(pod);
  const diverted = controls.some(({ treatment }) => diverts(treatment));
  const combined = placements.flatMap(({ egress, ingress }) => [egress, ingress]);
  return {
    placements,
    superseded: new Map(combined.flatMap((treatment) => [...treatment?.superseded ?? []])),
    conditions: [
      ...(nowhere ? [nowhere] : []),
      ...(diverted ? attachments.flatMap((a) => divertConditions(pod, a, around.pods)) : []),
      ...attachments.flatMap(noAddress),
      ...annotationConditions(pod, around.pods),
    ],
  };
}

function placeOne(
  pod: PodKey,
  attachment: Attachment,
  { pods, port, controls }: Around,
): Placement {
  const sharing = new Set(attachment.macs.flatMap((mac) => [...pods.withMAC(mac)]));
  const ambiguous = sharing.size > 1;
  const options = { noRedirect: ambiguous || attachment.macs.length === 0 };
  const egress = combine(controls(pod), "egress", options);
  // One MAC, one row of the Destination table: it mirrors for all who have the MAC.
  const receivers = ambiguous ? [...sharing].flatMap((key) => controls(key)) : controls(pod);
  const ingress = combine([...new Set(receivers)], "ingress", { ...options, noDrop: ambiguous });
  return {
    ...attachment,
    ambiguous,
    access: port(attachment.port)?.accessVLAN !== undefined,
    ...(egress && { egress }),
    ...(ingress && { ingress }),
  };
}

function divertConditions(pod: PodKey, { port, macs }: Attachment, pods: LocalPods): Condition[] {
  if (macs.length === 0) {
    const message =
      `Port "${port}" of Pod "${pod}" has no known MAC, so nothing to it is redirected or dropped`;
    return [condition("NoMAC", message, GIVE_MAC)];
  }
  return macs.filter((mac) => pods.withMAC(mac).size > 1).map((mac) => {
    const others = [...pods.withMAC(mac)].filter((key) => key !== pod).sort().join(", ");
    const message =
      `Pod "${pod}" and ${others} have MAC ${mac}, so nothing to them is redirected or dropped`;
    return condition("AmbiguousMAC", message, "give them distinct MACs");
  });
}

function noAddress({ port, macs, ips, match }: Attachment): Condition[] {
  if (match === "ip" ? ips.length > 0 : macs.length > 0) return [];
  const message = `Packets to port "${port}" cannot be told`;
  return match === "ip"
    ? [condition("NoMAC", `${message}: the Pod's status.podIPs are empty`)]
    : [condition("NoMAC", message, GIVE_MAC)];
}

/** A resolver may do without them, or refuse the Pod for them in words of its own. */
function annotationConditions(pod: PodKey, pods: LocalPods): Condition[] {
  return checkAnnotations(pods.get(pod)?.annotations).map(({ path, message }) =>
    warning("Invalid", `Pod "${pod}": ${path}: ${message}`)
  );
}

/** One port of a local Pod, and what is done to its packets. */
export interface Placement extends Attachment {
  readonly access: boolean;
  readonly ambiguous: boolean;
  readonly egress?: Combined;
  readonly ingress?: Combined;
}
