/**
 * Copies of ARP and IPv6 neighbour discovery, for mirrors that ask for them. These packets pass the same tables as IP,
 * marked, by rows of their own, which only copy them and hand them back: no redirect and no drop concerns them. As long as
 * no mirror asks for them, they do not enter the tables.
 * @module
 */
import {
  type PacketDirection,
  type PodPort,
  type RealizedCopy,
  type RealizedTreatment,
  type Row,
  type RowAction,
} from "../../core/api.ts";
import { copyNumber, copyOnceRows, sendCopy } from "./_balance.ts";
import { noteReceiver } from "./_count.ts";
import { removedIDs } from "./_destination.ts";
import {
  COPY_NON_IP,
  ETHERTYPE,
  IP_PROTOCOL,
  MULTICAST,
  NEIGHBOUR_DISCOVERY,
  NEIGHBOUR_SOLICITATION,
  NEVER_HANDED_BACK,
  REGISTER,
  STATE,
  TAG,
} from "./_layout.ts";
import { flag, type Rows, set } from "./_rows.ts";

const MARKED = { [REGISTER.state]: [STATE.nonIP, STATE.nonIP] } as const;

/** One copy for each port. */
function copiesOf({ copies }: Pick<RealizedTreatment, "copies">): readonly RealizedCopy[] {
  const asked = copies.filter(({ scope }) => scope?.nonIP === true);
  return [...new Map(asked.toReversed().map((copy) => [copyNumber(copy), copy])).values()];
}

/** Whether a mirror of the treatment asks for such packets. */
export const asksForNonIP = (treatment: RealizedTreatment) => copiesOf(treatment).length > 0;

const numberOf = (copy: RealizedCopy) => copyNumber(copy) | COPY_NON_IP;
const counterOf = ({ counter }: RealizedCopy) => set(REGISTER.counter, BigInt(counter));

/** The rows that every treatment with such copies needs. */
function commonRows({ row, to }: Rows): Row[] {
  const never = { [REGISTER.state]: NEVER_HANDED_BACK };
  const enter = [flag(STATE.nonIP), to("Source")];
  const discovery = { eth_type: ETHERTYPE.ipv6, ip_proto: IP_PROTOCOL.icmpv6, ...never };
  return [
    row(["Bridge", "nonIP"], { eth_type: ETHERTYPE.arp, ...never }, enter),
    ...NEIGHBOUR_DISCOVERY.map((icmpv6_type) =>
      row(["Bridge", "nonIP"], { ...discovery, icmpv6_type }, enter)
    ),
    row(["Source", "nonIPOther"], MARKED, [to("Destination")]),
    row(["Destination", "nonIPOther"], MARKED, [to("MirrorOut")]),
    row(["MirrorOut", "nonIPOther"], MARKED, [to("MirrorIn")]),
    row(["MirrorIn", "nonIPOther"], MARKED, [to("HandBack")]),
  ];
}

/** The rows of a treatment that copy such packets. */
export function nonIPCopyRows(
  rows: Rows,
  direction: PacketDirection,
  treatment: RealizedTreatment,
): Row[] {
  const { row, to } = rows;
  const copies = copiesOf(treatment);
  const treated = { [REGISTER[direction]]: treatment.id };
  if (copies.length === 0) return [];
  if (direction === "egress") {
    const send = copies.flatMap((copy) => [counterOf(copy), ...sendCopy(rows, copy)]);
    return [
      ...commonRows(rows),
      row(["MirrorOut", "nonIP"], { ...treated, ...MARKED }, [...send, to("MirrorIn")]),
      ...copies.map((copy) =>
        row(["CopyOnce", "sent"], { ...treated, [REGISTER.copy]: numberOf(copy) }, [])
      ),
    ];
  }
  const ask = copies.flatMap((copy): RowAction[] => [
    counterOf(copy),
    set(REGISTER.copy, numberOf(copy)),
    to("CopyOnce"),
  ]);
  return [
    ...commonRows(rows),
    row(["MirrorIn", "nonIP"], { ...treated, ...MARKED }, [...ask, to("HandBack")]),
    ...copies.flatMap((copy) => copyOnceRows(rows, copy, COPY_NON_IP)),
  ];
}

/** What asks for the address. */
const askingFor = (ip: string) =>
  ip.includes(":")
    ? {
      eth_type: ETHERTYPE.ipv6,
      ip_proto: IP_PROTOCOL.icmpv6,
      icmpv6_type: NEIGHBOUR_SOLICITATION,
      icmpv6_code: 0,
      nd_target: ip,
    }
    : { eth_type: ETHERTYPE.arp, arp_tpa: ip };

/** The rows that recognize such packets of a Pod. */
export function nonIPPodRows(rows: Rows, pod: PodPort): Row[] {
  const { row, to } = rows;
  const { ofport, egress, ingress } = pod;
  const sends = egress !== undefined && copiesOf(egress).length > 0;
  const receives = ingress !== undefined && copiesOf(ingress).length > 0;
  return [
    ...(sends
      ? [row(["Source", "nonIP"], { in_port: ofport, ...MARKED }, [
        set(REGISTER.egress, BigInt(egress.id)),
        to("Destination"),
      ])]
      : []),
    ...(receives ? receivedRows(rows, pod, ingress.id) : []),
  ];
}

function receivedRows({ row, to }: Rows, pod: PodPort, ingress: number): Row[] {
  const { ofport, ips, macs, match, sharedIPs = [], vlans } = pod;
  const note = [set(REGISTER.ingress, BigInt(ingress)), ...noteReceiver(pod)];
  const tags = removedIDs(vlans).map((id) => ({ vlan_vid: TAG.present | BigInt(id) }));
  // An address that several Pods have does not say whom the packet asks for.
  const asking = ips.filter((ip) => !sharedIPs.includes(ip)).map((ip) => ({
    ...askingFor(ip),
    ...(match === "mac" && { eth_dst: MULTICAST }),
    ...MARKED,
  }));
  const unicast = match === "mac" ? macs.map((eth_dst) => ({ eth_dst, ...MARKED })) : [];
  return [
    // A Pod asks for its own addresses to find out whether somebody else has them.
    ...asking.map((fields) =>
      row(["Destination", "nonIPOwn"], { in_port: ofport, ...fields }, [to("MirrorOut")])
    ),
    ...[...asking, ...unicast].flatMap((fields) => [
      row(["Destination", "nonIP"], fields, [...note, to("MirrorOut")]),
      ...tags.map((tag) =>
        row(["Destination", "nonIPUntagged"], { ...fields, ...tag }, [
          ...note,
          flag(STATE.untag),
          to("MirrorOut"),
        ])
      ),
    ]),
  ];
}
