/**
 * The rows that recognize packets with a VLAN tag that their port does not carry. NORMAL drops them. A pair would get them
 * without the tag, and what comes back would look like a packet that NORMAL forwards.
 * @module
 */
import type { PortVLANs, Row, VLANPort } from "../../core/api.ts";
import { REGISTER, STATE, TAG } from "./_layout.ts";
import { flag, type Rows } from "./_rows.ts";

/** The number of VLAN ids: 12 bits. */
const VIDS = 4096;

/** The VLANs of the tags with which packets may come in by a port; nothing if all may. A tag of VLAN 0 names none. */
function carriedTags({ mode, own, trunks }: PortVLANs): readonly number[] | undefined {
  if (mode === "access") return [0];
  if (mode === "dot1q-tunnel" || trunks.length === 0) return undefined;
  return mode === "trunk" ? trunks : [0, own, ...trunks];
}

/** Values and masks that match these VLAN ids and no others: one for each block of ids with the same first bits. */
export function valuesAndMasks(ids: readonly number[]): [value: number, mask: number][] {
  const left = new Set(ids);
  const block = (first: number, size: number) =>
    Array.from({ length: size }, (_, index) => first + index);
  return [...left].sort((a, b) => a - b).flatMap((first): [number, number][] => {
    if (!left.has(first)) return [];
    let size = 1;
    while (first % (2 * size) === 0 && block(first, 2 * size).every((id) => left.has(id))) {
      size *= 2;
    }
    for (const id of block(first, size)) left.delete(id);
    return [[first, VIDS - size]];
  });
}

export function foreignTagRows({ row, to }: Rows, ports: readonly VLANPort[]): Row[] {
  const unchecked = { [REGISTER.state]: [0n, STATE.tagChecked] } as const;
  return ports.flatMap(({ ofport, vlans }) => {
    const carried = carriedTags(vlans);
    if (!carried) return [];
    const from = { in_port: ofport, ...unchecked };
    const again = [flag(STATE.tagChecked), to("Source")];
    return [
      ...valuesAndMasks(carried).map(([value, mask]) => {
        const vlan_vid = [TAG.present | BigInt(value), TAG.present | BigInt(mask)] as const;
        return row(["Source", "carriedTag"], { ...from, vlan_vid }, again);
      }),
      row(["Source", "foreignTag"], { ...from, vlan_vid: [TAG.present, TAG.present] }, [
        flag(STATE.foreignTag),
        ...again,
      ]),
    ];
  });
}
