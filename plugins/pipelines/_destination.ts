/** The rows that recognize packets to a Pod, and note what is done to them. @module */
import type { PodPort, Row } from "../../core/api.ts";
import { noteReceiver } from "./_count.ts";
import { removedTags } from "./_flood.ts";
import { ETHERTYPE, MULTICAST, REGISTER, STATE, TAG } from "./_layout.ts";
import { flag, type Rows, set } from "./_rows.ts";

/** What packets to the IP match. */
const toIP = (ip: string) =>
  ip.includes(":")
    ? { eth_type: ETHERTYPE.ipv6, ipv6_dst: ip }
    : { eth_type: ETHERTYPE.ipv4, ip_dst: ip };

/**
 * The tags that the port removes. By an access port, NORMAL sends packets of its VLAN only. Others keep their tag: if they
 * lost it, they would look like one of this VLAN when they come back from a pair.
 */
export function removedIDs(vlans: PodPort["vlans"]): readonly number[] {
  const removed = removedTags(vlans);
  if (removed === "any") return [...new Set([0, vlans.own])];
  return removed === "none" ? [] : [removed];
}

export function destinationRows(rows: Rows, pod: PodPort): Row[] {
  const { row, to } = rows;
  const { ingress, macs, ips, match, vlans, sharedIPs = [] } = pod;
  if (!ingress) return [];
  const tags = removedIDs(vlans).map((id) => ({ vlan_vid: TAG.present | BigInt(id) }));
  const note = [set(REGISTER.ingress, BigInt(ingress.id)), ...noteReceiver(pod)];
  const untag = [...note, flag(STATE.untag), to("MirrorOut")];
  const actions = [...note, to("MirrorOut")];
  const addresses = ips.filter((ip) => !sharedIPs.includes(ip)).map((ip) => ({
    ...toIP(ip),
    ...(match === "mac" && { eth_dst: MULTICAST }),
  }));
  const destinations = match === "mac" ? macs.map((mac) => ({ eth_dst: mac })) : [];
  return [
    ...sharedIPs.flatMap((ip) => sharedRows(rows, ip, pod)),
    ...addresses.flatMap((fields) => [
      row(["Destination", "address"], fields, actions),
      ...tags.map((tag) => row(["Destination", "addressUntagged"], { ...fields, ...tag }, untag)),
    ]),
    ...destinations.flatMap((fields) => [
      row(["Destination", "mac"], fields, actions),
      ...tags.map((tag) => row(["Destination", "macUntagged"], { ...fields, ...tag }, untag)),
    ]),
  ];
}

/** Rows for an IP that other Pods have, too. Only packets of the VLAN of the Pod's port are for this Pod. */
function sharedRows({ row, to }: Rows, ip: string, pod: PodPort): Row[] {
  const { ingress, vlans } = pod;
  const removes = removedTags(vlans) !== "none";
  return [
    row(["Destination", "shared"], { ...toIP(ip), [REGISTER.tag]: 0 }, [
      to("CopyOnce"),
      to("Destination"),
    ]),
    row(
      ["Destination", "sharedInVLAN"],
      { ...toIP(ip), [REGISTER.tag]: TAG.present | BigInt(vlans.own) },
      [
        set(REGISTER.tag, 0n),
        set(REGISTER.ingress, BigInt(ingress!.id)),
        ...noteReceiver(pod),
        ...(removes ? [flag(STATE.untag)] : []),
        to("MirrorOut"),
      ],
    ),
  ];
}
