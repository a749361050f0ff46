/** Makes attachments of Interface rows, with addresses from the keys that a CNI writes or from annotations. @module */
import { isIP } from "node:net";
import { type Attachment, foreign, type InterfaceRow, type Pod } from "../../core/api.ts";

/** The annotation that gives a Pod's MAC if its CNI writes none. */
export const MAC_ANNOTATION = "sluice.dev/mac";

const MAC_SYNTAX = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/;
/** Matches a group address, in which the lowest bit of the first byte is set: IEEE 802, "I/G address bit". */
const GROUP_MAC = /^.[13579bdf]/;

/** Where to find the addresses of a port. */
export interface Keys {
  /** `external_ids` key of the Pod's MAC. */
  readonly mac?: string;
  /** `external_ids` key of the Pod's IP addresses, separated by commas or blanks, with or without prefix lengths. */
  readonly ips?: string;
  readonly match: Attachment["match"] | ((row: InterfaceRow) => Attachment["match"]);
  /** Addresses that are known from elsewhere, e.g. from an annotation of the CNI. They win over the row's. */
  readonly known?: (row: InterfaceRow) => Known | undefined;
}

/** Addresses of a port that a resolver knows from elsewhere. */
export interface Known {
  /** In any spelling. */
  readonly mac?: string | undefined;
  /** All MACs of the port, in lower case. They win over `mac`. */
  readonly macs?: readonly string[] | undefined;
  /** With or without prefix lengths. */
  readonly ips?: readonly string[] | undefined;
}

/**
 * The Pod's ports, with their addresses. The MAC annotation counts only for a port whose MAC is not known otherwise, and
 * only if it is the Pod's only port: two ports with one MAC would both be ambiguous.
 *
 * @throws {TypeError} If the annotation is not a list of unicast MACs.
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
    const match = typeof keys.match === "function" ? keys.match(row) : keys.match;
    return { port: row.name, macs, ips: ips ?? pod.ips, match };
  });
}

/**
 * The MACs that the Pod's annotation gives: one, or several separated by commas.
 *
 * @throws {TypeError} If one of them is not a unicast MAC.
 */
export function annotatedMACs({ annotations }: Pod): string[] {
  const given = annotations[MAC_ANNOTATION];
  return (given?.split(",") ?? []).map((each) => {
    const mac = normalMAC(each.trim());
    if (mac !== undefined) return mac;
    throw new TypeError(
      `Cannot use annotation ${MAC_ANNOTATION} ${foreign(given!)}: not a unicast MAC`,
    );
  });
}

/** The MAC in lower case; `undefined` if the text is not a unicast MAC. */
function normalMAC(mac: string | undefined): string | undefined {
  const lower = mac?.toLowerCase() ?? "";
  return MAC_SYNTAX.test(lower) && !GROUP_MAC.test(lower) ? lower : undefined;
}
