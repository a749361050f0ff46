/** Far ends of our ports, on other bridges of the same Open vSwitch: their rows, and who finds them again. @module */
import type { FarEnd, PortSpec } from "../contracts/mod.ts";
import { insert, mutate, namedUuid, type Operation, update, uuid } from "../ovsdb/mod.ts";
import { FAR_END_OF, farEndOwner, LOCALLY_ADMINISTERED, mark } from "../base/marks.ts";
import { type FarEndRow, hasOptions } from "../model/ports/far_end.ts";

export interface FarEndChange {
  /** Of the port. */
  readonly bridge: string;
  readonly spec: PortSpec;
  readonly has: FarEndRow | undefined;
  /** Distinguishes the rows of one transaction. */
  readonly index: number;
}

/** What makes the far end what the spec says; nothing if it is. */
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
      mac: LOCALLY_ADMINISTERED, // so that the other bridge keeps its own, and its datapath ID
    }, portID),
    mutate("Bridge", named(farEnd.bridge), [["ports", "insert", namedUuid(portID)]]),
  ];
}

/** In place; keys that we do not set stay. */
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
    ...(has.bridge === farEnd.bridge ? [] : [
      mutate("Bridge", named(has.bridge), [["ports", "delete", port]]),
      mutate("Bridge", named(farEnd.bridge), [["ports", "insert", port]]),
    ]),
  ];
}

/** The rows themselves go with the last reference to them. */
export function removeFarEnd({ bridge, portUUID }: FarEndRow): Operation[] {
  return [mutate("Bridge", named(bridge), [["ports", "delete", uuid(portUUID)]])];
}
