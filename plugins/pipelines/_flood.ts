/**
 * The rows for packets that the bridge sends to many ports: broadcast and multicast. Each mirror gets one copy of such a
 * packet if one of the Pods that receive it has this mirror. Which Pods receive it depends on the packet's VLAN alone.
 * @module
 */
import {
  type FloodReceiver,
  LIMITS,
  type PortVLANs,
  type RealizedCopy,
  type RealizedTreatment,
  type Row,
  type RowAction,
  type VLANPort,
} from "../../core/api.ts";
import { copyNumber } from "./_balance.ts";
import { wholeLegRows } from "./_copies.ts";
import { COPY_ASKED, MULTICAST, NO_TAG, OTHER_VLAN, REGISTER, STATE, TAG } from "./_layout.ts";
import { askFor, comparedLegs, copiesByPort, type CopiesTo, sendReceiversBest } from "./_legs.ts";
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

/** The Pods' ports to which the bridge sends the packets of a VLAN. */
interface Flood {
  /** The VLAN as the register says it. */
  readonly tag: bigint;
  /** Absent for packets of VLANs that no receiver names. */
  readonly vlan?: number;
  readonly receivers: readonly FloodReceiver[];
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

/** What one copy of a flood's packets is for. */
interface Mirrored extends CopiesTo {
  readonly receivers: readonly FloodReceiver[];
}

const copiesTo = (treatment: RealizedTreatment | undefined, number: bigint) =>
  treatment !== undefined && treatment.copies.some((copy) => copyNumber(copy) === number);
/** By name, as numbers of ports may be others after a restart of the switch. */
const inOrder = (copies: readonly RealizedCopy[]) =>
  [...copies].sort((a, b) => a.to[0]!.name < b.to[0]!.name ? -1 : 1);

/**
 * The copies of a flood's packets.
 *
 * @throws {RangeError} If the switch cannot copy a packet to so many.
 */
function mirrored({ receivers }: Flood): Mirrored[] {
  const all = copiesByPort(inOrder(receivers.flatMap(({ ingress }) => ingress.copies)));
  if (all.length > LIMITS.floodedCopies) {
    throw new RangeError(
      `Cannot copy broadcast to "${all.length}" mirrors: more than ${LIMITS.floodedCopies}`,
    );
  }
  const byNumber = new Map(all.map(({ number }) => [number, [] as FloodReceiver[]]));
  for (const receiver of receivers) {
    for (const number of new Set(receiver.ingress.copies.map(copyNumber))) {
      byNumber.get(number)!.push(receiver);
    }
  }
  return all.map((copies) => ({ ...copies, receivers: byNumber.get(copies.number)! }));
}

function floodRows(rows: Rows, flood: Flood): Row[] {
  const { row, to } = rows;
  const mirrors = mirrored(flood);
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
  return [
    row(
      ["MirrorIn", flood.vlan === undefined ? "flooded" : "floodedInVLAN"],
      { eth_dst: MULTICAST, ...(flood.vlan !== undefined && { [REGISTER.tag]: flood.tag }) },
      [{ type: "clone", actions }, to("Divert")],
    ),
    ...mirrors.flatMap((mirror) => [
      ...senderRows(rows, flood, mirror),
      ...floodLegRows(rows, flood, mirror),
    ]),
  ];
}

/** The bridge sends no packet back by the port that it came in by. */
function senderRows({ row }: Rows, { tag }: Flood, { number, receivers }: Mirrored): Row[] {
  const [only, ...more] = receivers;
  // If the sender's own treatment copies the packet to the mirror, that happened before.
  if (!only || more.length > 0 || copiesTo(only.egress, number)) return [];
  const own = { in_port: only.ofport, [REGISTER.copy]: number, [REGISTER.tag]: tag };
  return [row(["CopyOnce", "sender"], own, [])];
}

/** The rows that find the best copy of the receivers, if none of them gets whole packets. */
function floodLegRows(rows: Rows, { tag }: Flood, { number, whole, legs }: Mirrored): Row[] {
  if (whole) return [];
  const asked = { eth_dst: MULTICAST, [REGISTER.copy]: number, [REGISTER.tag]: tag };
  return [rows.row(["CopyOnce", "floodLegs"], asked, [sendReceiversBest(rows, legs)])];
}

/** The rows by which the copies of the receivers of all VLANs are compared with the sender's. */
function askedRows(rows: Rows, floods: readonly Flood[]): Row[] {
  const { row, to } = rows;
  const all = floods.map((flood) => ({ flood, mirrors: mirrored(flood) }));
  const contended = new Map(
    all.flatMap(({ mirrors }) => mirrors).filter(({ isContended }) => isContended)
      .map((mirror) => [mirror.number, mirror]),
  );
  const matters = floods.some(({ vlan }) => vlan !== undefined);
  return [...contended.keys()].flatMap((number) => {
    const asked = { eth_dst: MULTICAST, [REGISTER.copy]: number | COPY_ASKED };
    const find = [set(REGISTER.copy, 0n), to("CopyOnce")];
    const again = [set(REGISTER.copy, number | COPY_ASKED), to("CopyOnce")];
    return [
      ...(matters
        ? [
          row(["CopyOnce", "floodAskedInVLAN"], { ...asked, [REGISTER.tag]: 0 }, [
            ...find,
            ...again,
          ]),
        ]
        : []),
      ...all.flatMap(({ flood, mirrors }) => {
        const mirror = mirrors.find((each) => each.number === number);
        const name = flood.vlan === undefined ? "floodAsked" : "floodAskedInVLAN";
        const fields = { ...asked, ...(flood.vlan !== undefined && { [REGISTER.tag]: flood.tag }) };
        return [
          row(["CopyOnce", name], fields, mirror ? askFor(rows, comparedLegs(mirror)) : []),
          ...(mirror ? [...ownAskedRows(rows, flood, mirror), ...wholeLegRows(rows, mirror)] : []),
        ];
      }),
    ];
  });
}

/** As `senderRows`, while the sender's copies are compared. */
function ownAskedRows(
  { row }: Rows,
  { vlan, tag }: Flood,
  { number, receivers: [only, ...more] }: Mirrored,
): Row[] {
  if (!only || more.length > 0) return [];
  const own = { in_port: only.ofport, [REGISTER.copy]: number | COPY_ASKED };
  if (vlan !== undefined) return [row(["CopyOnce", "sender"], { ...own, [REGISTER.tag]: tag }, [])];
  return [row(["CopyOnce", "floodOwnAsked"], { ...own, eth_dst: MULTICAST }, [])];
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

/** @param receivers The Pods' ports with an ingress treatment, on which the bridge floods packets. */
export function floodedRows(
  rows: Rows,
  receivers: readonly FloodReceiver[],
): Row[] {
  const floods = floodsOf(receivers.filter(({ ingress }) => ingress.copies.length > 0));
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
    ...floods.flatMap((flood) => floodRows(rows, flood)),
    ...askedRows(rows, floods),
  ];
}
