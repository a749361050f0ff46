/** How an Interface row becomes an attachment: which keys a CNI writes. @module */
import type { Attachment, InterfaceRow, Pod } from "../../core/api.ts";

interface Keys {
  /** Key of the Pod's MAC. */
  readonly mac: string;
  /** Key of its addresses, with commas or blanks between them, with or without prefix lengths. */
  readonly ips?: string;
  readonly match: Attachment["match"];
}

const MAC_ANNOTATION = "sluice.dev/mac";

/** The annotation wins: not every CNI writes the MAC, and a Pod may have changed it. */
export function attach({ name, external_ids }: InterfaceRow, pod: Pod, keys: Keys): Attachment {
  const mac = pod.annotations[MAC_ANNOTATION] ?? external_ids[keys.mac];
  const written = external_ids[keys.ips ?? ""]?.split(/[,\s]+/).filter((ip) => ip !== "");
  return {
    port: name,
    macs: mac ? [mac.toLowerCase()] : [],
    ips: written?.map((ip) => ip.split("/")[0]!) ?? pod.ips,
    match: keys.match,
  };
}
