/**
 * The rows for packets that the bridge sends to many ports: broadcast and multicast. Each mirror gets one copy of such a
 * packet if one of the Pods that receive it has this mirror. Which Pods receive it depends on the packet's VLAN alone.
 * @module
 */
import {
  type FloodReceiver,
  type PortVLANs,
  type Row,
  type RowAction,
  type VLANPort,
} from "../../core/api.ts";
import { aloneRows } from "./_flood_alone.ts";
import { askedRows } from "./_flood_asked.ts";
import {
  type Copied,
  type Flood,
  floodCopyRows,
  type Mirrored,
  mirrored,
} from "./_flood_copies.ts";
import { checkFlood } from "./_lookups.ts";
import { MULTICAST, NO_TAG, OTHER_VLAN, REGISTER, STATE, TAG } from "./_layout.ts";
import { partsOf } from "./_parts.ts";
import { clear, flag, type Rows, set } from "./_rows.ts";

/** The VLAN tags that a port removes from packets to the Pod: any tag, that of one VLAN, or none. */
export function removedTags({ mode, own }: PortVLANs): "any" | number | "none" {
  if (mode === "access" || mode === "dot1q-tunnel") return "any";
  return mode === "native-untagged" ? own : "none";
}

/** The VLANs that the port's settings name: for packets of all others it does the same. */
export function namedVLANs({ mode, own, trunks }: PortVLANs): readonly number[] {
  if (mode === "access" || mode === "dot1q-tunnel") return [own];
  return mode === "trunk" ? trunks : [0, own, ...trunks];
}

/**
 * Whether the port sends out packets of the VLAN. Open vSwitch sends those of VLAN 0 to no port with a native VLAN.
 *
 * @param vlan Absent for a VLAN that no port names.
 */
export function carries({ mode, own, trunks }: PortVLANs, vlan: number | undefined): boolean {
  if (mode === "access" || mode === "dot1q-tunnel") return vlan === own;
  if (own !== 0 && (vlan === 0 || vlan === own)) return vlan === own;
  return trunks.length === 0 || (vlan !== undefined && trunks.includes(vlan));
}

function floodsOf(receivers: readonly FloodReceiver[]): Flood[] {
  const named = new Set(receivers.flatMap(({ vlans }) => namedVLANs(vlans)));
  const flood = (vlan?: number): Flood => ({
    tag: vlan === undefined ? OTHER_VLAN : TAG.present | BigInt(vlan),
    ...(vlan !== undefined && { vlan }),
    receivers: receivers.filter(({ vlans }) => carries(vlans, vlan)),
  });
  // A VLAN without receivers keeps its row: the row of all other VLANs must not get its packets.
  const other = flood();
  const floods = [...named].sort((a, b) => a - b).map(flood);
  if (other.receivers.length > 0) return [...floods, other];
  return floods.filter((each) => each.receivers.length > 0);
}

/** How many mirrors a clone has. Open vSwitch ends if the actions of one take more than 64 KB in its memory. */
const MIRRORS_OF_CLONE = 256;

/** Sends the packet to CopyOnce for each mirror. */
function copyAll({ to }: Rows, flood: Flood, mirrors: readonly Mirrored[]): RowAction {
  const removes = ({ vlans }: FloodReceiver) =>
    [flood.vlan, "any"].some((tag) => tag !== undefined && tag === removedTags(vlans));
  const copy = ({ number, whole }: Mirrored): RowAction[] => [
    ...(whole ? [set(REGISTER.counter, BigInt(whole.counter))] : []),
    set(REGISTER.copy, number),
    to("CopyOnce"),
  ];
  const [untagged, tagged] = [true, false].map((is) =>
    mirrors.filter(({ receivers }) => receivers.every(removes) === is)
  ) as [Mirrored[], Mirrored[]];
  const actions: RowAction[] = [
    set(REGISTER.tag, flood.tag),
    clear(STATE.untag),
    ...tagged.flatMap(copy),
    ...(untagged.length > 0 ? [flag(STATE.untag), ...untagged.flatMap(copy)] : []),
  ];
  return { type: "clone", actions };
}

function floodRows(rows: Rows, { flood, mirrors }: Copied): Row[] {
  const { row, to } = rows;
  const parts = mirrors.length > 0 ? partsOf(mirrors, MIRRORS_OF_CLONE) : [[]];
  return [
    row(
      ["MirrorIn", flood.vlan === undefined ? "flooded" : "floodedInVLAN"],
      { eth_dst: MULTICAST, ...(flood.vlan !== undefined && { [REGISTER.tag]: flood.tag }) },
      [...parts.map((part) => copyAll(rows, flood, part)), to("Divert")],
    ),
    ...mirrors.flatMap((mirror) => floodCopyRows(rows, flood, mirror)),
  ];
}

/** Rows that find the VLAN of a packet. They are in table CopyOnce, so that Sluice needs no further table. */
export function vlanRows({ row, to }: Rows, ports: readonly VLANPort[]): Row[] {
  const noMirror = { [REGISTER.copy]: 0 };
  const vid = { start: TAG.firstBit, end: TAG.lastBit };
  const implied = ports.filter(({ vlans }) => vlans.mode !== "trunk");
  return [
    ...implied.map(({ ofport, vlans: { mode, own } }) => {
      const any = mode === "access" || mode === "dot1q-tunnel";
      const fields = { in_port: ofport, ...(!any && { vlan_vid: NO_TAG }) };
      return row(["CopyOnce", "vlanOfPort"], { ...noMirror, ...fields }, [
        set(REGISTER.tag, TAG.present | BigInt(own)),
      ]);
    }),
    row(["CopyOnce", "priorityTag"], { ...noMirror, vlan_vid: TAG.present }, [
      { type: "pop_vlan" },
      to("CopyOnce"),
    ]),
    row(["CopyOnce", "vlanOfTag"], { ...noMirror, vlan_vid: [TAG.present, TAG.present] }, [
      { type: "move", from: { field: "vlan_vid", ...vid }, to: { field: REGISTER.tag, ...vid } },
      { type: "set_field", field: REGISTER.tag, value: TAG.present, mask: TAG.present },
    ]),
    row(["CopyOnce", "noVLAN"], noMirror, [set(REGISTER.tag, TAG.present)]),
  ];
}

/**
 * @param receivers The Pods' ports with an ingress treatment, on which the bridge floods packets.
 * @throws {RangeError} If the switch cannot copy a packet to so many, or for so many.
 */
export function floodedRows(
  rows: Rows,
  receivers: readonly FloodReceiver[],
): Row[] {
  const floods = floodsOf(receivers.filter(({ ingress }) => ingress.copies.length > 0));
  const copied = floods.map((flood) => ({ flood, mirrors: mirrored(flood) }));
  for (const { mirrors } of copied) checkFlood(mirrors);
  const { row, to } = rows;
  // If all receivers get the packets of all VLANs, the VLAN does not matter.
  const find = floods.some(({ vlan }) => vlan !== undefined)
    ? [
      row(["MirrorIn", "flood"], { eth_dst: MULTICAST, [REGISTER.tag]: 0 }, [
        to("CopyOnce"),
        to("MirrorIn"),
      ]),
    ]
    : [];
  return [
    ...find,
    ...copied.flatMap((each) => floodRows(rows, each)),
    ...askedRows(rows, copied),
    ...aloneRows(rows, copied),
  ];
}
