/** How Interface rows become attachments: which keys a CNI writes, and what a Pod says itself. @module */
import { isIP } from "node:net";
import type { Attachment, InterfaceRow, Pod } from "../../core/api.ts";

/** By this a Pod says its MAC where its CNI writes none. */
export const MAC_ANNOTATION = "sluice.dev/mac";

const MAC_SYNTAX = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/;
/** The lowest bit of the first byte: IEEE 802, "I/G address bit". */
const GROUP_MAC = /^.[13579bdf]/;

/** Where the addresses of a port stand. */
export interface Keys {
  /** `external_ids` key of the Pod's MAC. */
  readonly mac?: string;
  /** The same of its addresses: commas or blanks between them, with or without prefix lengths. */
  readonly ips?: string;
  readonly match: Attachment["match"];
  /** What is known of a port from elsewhere; it wins. */
  readonly known?: (row: InterfaceRow) => Known | undefined;
}

/** Addresses as they are written. */
export interface Known {
  readonly mac?: string | undefined;
  /** All of them, where the port has several. */
  readonly macs?: readonly string[] | undefined;
  readonly ips?: readonly string[] | undefined;
}

/**
 * The Pod's ports, with their addresses. The MAC annotation is for a port of which nobody else says the MAC, and only if
 * the Pod has no other port: two ports with one MAC would both be ambiguous.
 *
 * @throws {TypeError} If the annotation is no MAC.
 */
export function attach(rows: readonly InterfaceRow[], pod: Pod, keys: Keys): Attachment[] {
  const said = rows.length === 1 ? annotatedMACs(pod) : [];
  return rows.map((row) => {
    const known = keys.known?.(row);
    const mac = normalMAC(known?.mac ?? row.external_ids[keys.mac ?? ""]);
    const macs = known?.macs ?? (mac ? [mac] : said);
    const written = known?.ips ?? row.external_ids[keys.ips ?? ""]?.split(/[,\s]+/);
    const ips = written?.map((ip) => ip.split("/")[0]!).filter((ip) =>
      isIP(ip) !== 0 && !ip.includes("%")
    );
    return { port: row.name, macs, ips: ips ?? pod.ips, match: keys.match };
  });
}

/**
 * The Pod's own word on its MACs: one, or several with commas between them.
 *
 * @throws {TypeError} If one of them is no MAC of one station.
 */
export function annotatedMACs({ annotations }: Pod): string[] {
  const given = annotations[MAC_ANNOTATION];
  return (given?.split(",") ?? []).map((each) => {
    const mac = normalMAC(each.trim());
    if (mac !== undefined) return mac;
    throw new TypeError(`Cannot use annotation ${MAC_ANNOTATION} "${given}": not a unicast MAC`);
  });
}

/** Lower case; nothing for what cannot be the MAC of a Pod, whoever wrote it. */
function normalMAC(mac: string | undefined): string | undefined {
  const lower = mac?.toLowerCase() ?? "";
  return MAC_SYNTAX.test(lower) && !GROUP_MAC.test(lower) ? lower : undefined;
}
