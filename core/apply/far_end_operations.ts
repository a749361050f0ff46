/**
 * OVSDB operations on far ends. A far end is a port on another bridge of the same Open vSwitch that Sluice makes
 * together with a port of its own. Pure.
 * @module
 */
import type { FarEnd, PortSpec } from "../contracts/mod.ts";
import { insert, mutate, namedUuid, type Operation, update, uuid } from "../ovsdb/mod.ts";
import {
  FAR_END_OF,
  farEndOwner,
  LOCALLY_ADMINISTERED,
  mark,
  OUT_OF_SPANNING_TREE,
} from "../base/marks.ts";
import { leaveSpanningTree } from "./port_operations.ts";
import { type FarEndRow, hasOptions } from "../model/ports/far_end.ts";

export interface FarEndChange {
  /** The bridge that the port is on; the far end is on another one. */
  readonly bridge: string;
  /** What is wanted. */
  readonly spec: PortSpec;
  /** The far end that exists now. */
  readonly has: FarEndRow | undefined;
  /** Makes the names of new rows differ within one transaction. */
  readonly index: number;
}

/** Operations that add, change or remove the far end, so that it is as wanted; none if it is so already. */
export function farEndOperations(change: FarEndChange): Operation[] {
  const { spec: { farEnd: wanted }, has } = change;
  if (!wanted) return has ? removeFarEnd(has) : [];
  if (has && has.name === wanted.name) return changeFarEnd(has, wanted);
  return [...(has ? removeFarEnd(has) : []), ...addFarEnd(change, wanted)];
}

const optionsOf = ({ options }: FarEnd) => new Map(Object.entries(options));
const named = (bridge: string) => [["name", "==", bridge]] as const;

function addFarEnd({ bridge, spec, index }: FarEndChange, farEnd: FarEnd): Operation[] {
  const [interfaceID, portID] = [`far_interface${index}`, `far_port${index}`];
  const external_ids = new Map([...mark(), [FAR_END_OF, farEndOwner(bridge, spec.name)]]);
  const { name, type } = farEnd;
  return [
    insert("Interface", { name, type, options: optionsOf(farEnd), external_ids }, interfaceID),
    insert("Port", {
      name,
      interfaces: namedUuid(interfaceID),
      external_ids,
      other_config: new Map(Object.entries(OUT_OF_SPANNING_TREE)),
      mac: LOCALLY_ADMINISTERED, // so that the other bridge keeps its MAC, and with it its datapath ID
    }, portID),
    mutate("Bridge", named(farEnd.bridge), [["ports", "insert", namedUuid(portID)]]),
  ];
}

/** Changes the rows. Keys of `options` that the spec does not name keep their values. */
function changeFarEnd(has: FarEndRow, farEnd: FarEnd): Operation[] {
  const where = [["_uuid", "==", uuid(has.interfaceUUID)]] as const;
  const port = uuid(has.portUUID);
  return [
    ...(has.type === farEnd.type ? [] : [update("Interface", where, { type: farEnd.type })]),
    ...(hasOptions(has, farEnd) ? [] : [
      mutate("Interface", where, [
        ["options", "delete", new Set(Object.keys(farEnd.options))],
        ["options", "insert", optionsOf(farEnd)],
      ]),
    ]),
    ...(has.outOfSpanningTree ? [] : [leaveSpanningTree(has.portUUID)]),
    ...(has.bridge === farEnd.bridge ? [] : [
      mutate("Bridge", named(has.bridge), [["ports", "delete", port]]),
      mutate("Bridge", named(farEnd.bridge), [["ports", "insert", port]]),
    ]),
  ];
}

/** Takes the port off its bridge. OVSDB then deletes its rows, because no row refers to them: RFC 7047, section 3.2. */
export function removeFarEnd({ bridge, portUUID }: FarEndRow): Operation[] {
  return [mutate("Bridge", named(bridge), [["ports", "delete", uuid(portUUID)]])];
}
