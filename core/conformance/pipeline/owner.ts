/**
 * The bridge's owner, for pipelines that stand in the place of its flows that send packets to the ports of Pods. It does
 * as ovn-controller does: it says in registers for whom a packet is, and a flow for each port sends it there.
 * @module
 */
import type { Delivery, Row, SwitchPort, TableDeclaration } from "../../contracts/mod.ts";
import { match } from "../../openflow/mod.ts";
import type { Packet } from "./packet.ts";
import { HOSTS, type Numbers, portsOf } from "./world.ts";

/** The owner's table with flows that send packets to ports. */
export const DELIVERY_TABLE = 65;
const PRIORITY = 100;
/** What says for whom a packet is: the number of a logical switch, and that of a port of it. */
const LOGICAL_SWITCH = { field: "metadata", value: 7 } as const;
const LOGICAL_PORT = "reg15";
/** The fields that the rows of a pipeline may match there, beside its own. */
export const DELIVERY_FIELDS = [LOGICAL_SWITCH.field, LOGICAL_PORT] as const;

/** The owner's flow that sends packets to the port. */
export const deliveryOf = ({ ofport }: SwitchPort): Delivery => ({
  table: DELIVERY_TABLE,
  match: match({ [LOGICAL_SWITCH.field]: LOGICAL_SWITCH.value, [LOGICAL_PORT]: ofport }),
});

const LOCAL = ["pod", "routed", "neighbour"] as const;

/** All such flows of the owner. */
export function ownersRows(numbers: Numbers): Row[] {
  const ports = portsOf(numbers);
  return LOCAL.map((name) => ({
    ...deliveryOf(ports[name]),
    priority: PRIORITY,
    actions: [{ type: "output", port: ports[name].ofport }],
  }));
}

/** What the owner does with a packet that it gets in table 0. */
export class Owner {
  readonly #numbers: Numbers;

  constructor(numbers: Numbers) {
    this.#numbers = numbers;
  }

  /** The packet as it enters the table from which it goes to a port; nothing if it is for nobody on the node. */
  delivers(packet: Packet): Packet | undefined {
    const isFor = (name: typeof LOCAL[number]) => packet.eth_dst === macNumber(HOSTS[name].mac);
    const receiver = LOCAL.find(isFor);
    if (!receiver) return undefined;
    return {
      ...packet,
      [LOGICAL_SWITCH.field]: BigInt(LOGICAL_SWITCH.value),
      [LOGICAL_PORT]: BigInt(portsOf(this.#numbers)[receiver].ofport),
    };
  }
}

const macNumber = (mac: string) => BigInt(`0x${mac.replaceAll(":", "")}`);

/** The owner's tables as the pipeline declares its rows there. */
export const deliveryTable = (rows: TableDeclaration["rows"]): TableDeclaration => ({
  name: "Delivery",
  rows: rows.map((row) => ({ ...row, fields: [...row.fields, ...DELIVERY_FIELDS] })),
});
