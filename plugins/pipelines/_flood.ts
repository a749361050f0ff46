/**
 * The rows for packets that the bridge sends to many ports: broadcast and multicast. Each mirror gets one copy of such a
 * packet if one of the Pods that receive it has this mirror. Which Pods receive it depends on the packet's VLAN alone.
 * @module
 */
import type {
  FloodReceiver,
  PortVLANs,
  RealizedTreatment,
  Row,
  RowAction,
  SwitchPort,
  VLANPort,
} from "../../core/api.ts";
import { MULTICAST, NO_TAG, OTHER_VLAN, REGISTER, STATE, TAG } from "./_layout.ts";
import { clear, flag, type Rows, set } from "./_rows.ts";

/** The VLAN tags that a port removes from packets to the Pod: any tag, that of one VLAN, or none. */
export function removedTags({ mode, own }: PortVLANs): "any" | number | "none" {
  if (mode === "access" || mode === "dot1q-tunnel") return "any";
  return mode === "native-untagged" ? own : "none";
}

/** The VLANs whose packets the port sends out; nothing if it sends out those of all VLANs. */
function carried({ mode, own, trunks }: PortVLANs): readonly number[] | undefined {
  if (mode === "access" || mode === "dot1q-tunnel") return [own];
  if (trunks.length === 0) return undefined;
  return mode === "trunk" ? trunks : [own, ...trunks];
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
  const named = new Set(receivers.flatMap(({ vlans }) => carried(vlans) ?? []));
  const everywhere = receivers.filter(({ vlans }) => carried(vlans) === undefined);
  const floods = [...named].sort((a, b) => a - b).map((vlan) => ({
    tag: TAG.present | BigInt(vlan),
    vlan,
    receivers: receivers.filter(({ vlans }) => carried(vlans)?.includes(vlan) ?? true),
  }));
  return everywhere.length === 0 ? floods : [...floods, { tag: OTHER_VLAN, receivers: everywhere }];
}

const copyPorts = ({ copies }: RealizedTreatment) => copies.flatMap(({ to }) => to.slice(0, 1));
const copiesTo = (treatment: RealizedTreatment | undefined, port: number) =>
  treatment !== undefined && copyPorts(treatment).some(({ ofport }) => ofport === port);
/** By name, as numbers of ports may be others after a restart of the switch. */
const inOrder = (ports: Iterable<SwitchPort>) =>
  [...ports].sort((a, b) => a.name < b.name ? -1 : 1);

/** The receivers of a flood by the number of each port that gets copies. */
function byCopyPort({ receivers }: Flood): Map<number, FloodReceiver[]> {
  const ports = inOrder(receivers.flatMap(({ ingress }) => copyPorts(ingress)));
  const found = new Map<number, FloodReceiver[]>(ports.map(({ ofport }) => [ofport, []]));
  for (const receiver of receivers) {
    for (const port of new Set(copyPorts(receiver.ingress).map(({ ofport }) => ofport))) {
      found.get(port)!.push(receiver);
    }
  }
  return found;
}

function floodRows(rows: Rows, flood: Flood): Row[] {
  const { row, to } = rows;
  const mirrors = byCopyPort(flood);
  const removes = ({ vlans }: FloodReceiver) =>
    [flood.vlan, "any"].some((tag) => tag !== undefined && tag === removedTags(vlans));
  const copy = (port: number): RowAction[] => [set(REGISTER.copy, BigInt(port)), to("CopyOnce")];
  const ports = [...mirrors.keys()];
  const untagged = ports.filter((port) => mirrors.get(port)!.every(removes));
  const tagged = ports.filter((port) => !untagged.includes(port));
  const actions: RowAction[] = [
    set(REGISTER.tag, flood.tag),
    clear(STATE.untag),
    ...tagged.flatMap(copy),
    ...(untagged.length > 0 ? [flag(STATE.untag), ...untagged.flatMap(copy)] : []),
  ];
  // If the sender's own treatment copies the packet to the mirror, that happened before.
  const sole = [...mirrors].filter(([port, { length, 0: only }]) =>
    length === 1 && !copiesTo(only?.egress, port)
  );
  return [
    row(
      ["MirrorIn", flood.vlan === undefined ? "flooded" : "floodedInVLAN"],
      { eth_dst: MULTICAST, ...(flood.vlan !== undefined && { [REGISTER.tag]: flood.tag }) },
      [{ type: "clone", actions }, to("Divert")],
    ),
    // The bridge sends no packet back by the port that it came in by.
    ...sole.map(([port, [only]]) =>
      row(["CopyOnce", "sender"], {
        in_port: only!.ofport,
        [REGISTER.copy]: port,
        [REGISTER.tag]: flood.tag,
      }, [])
    ),
  ];
}

/** Rows that find the VLAN of a packet. */
export function vlanRows({ row }: Rows, ports: readonly VLANPort[]): Row[] {
  const vid = { start: TAG.firstBit, end: TAG.lastBit };
  const implied = ports.filter(({ vlans }) => vlans.mode !== "trunk");
  return [
    ...implied.map(({ ofport, vlans: { mode, own } }) => {
      const any = mode === "access" || mode === "dot1q-tunnel";
      const fields = { in_port: ofport, ...(!any && { vlan_vid: NO_TAG }) };
      return row(["VLAN", "port"], fields, [set(REGISTER.tag, TAG.present | BigInt(own))]);
    }),
    row(["VLAN", "tag"], { vlan_vid: [TAG.present, TAG.present] }, [
      { type: "move", from: { field: "vlan_vid", ...vid }, to: { field: REGISTER.tag, ...vid } },
      { type: "set_field", field: REGISTER.tag, value: TAG.present, mask: TAG.present },
    ]),
    row(["VLAN", "none"], {}, [set(REGISTER.tag, TAG.present)]),
  ];
}

/**
 * @param receivers The Pods' ports with an ingress treatment, on which the bridge floods packets.
 * @param ports All ports with a setting for VLANs.
 */
export function floodedRows(
  rows: Rows,
  receivers: readonly FloodReceiver[],
  ports: readonly VLANPort[],
): Row[] {
  const floods = floodsOf(receivers.filter(({ ingress }) => ingress.copies.length > 0));
  const { row, to } = rows;
  // If all receivers get the packets of all VLANs, the VLAN does not matter.
  const find = floods.some(({ vlan }) => vlan !== undefined)
    ? [
      row(["MirrorIn", "flood"], { eth_dst: MULTICAST, [REGISTER.tag]: 0 }, [
        to("VLAN"),
        to("MirrorIn"),
      ]),
      ...vlanRows(rows, ports),
    ]
    : [];
  return [...find, ...floods.flatMap((flood) => floodRows(rows, flood))];
}
