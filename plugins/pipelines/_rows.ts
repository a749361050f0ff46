/** How the interpose pipeline writes a row: names in, a flow out. @module */
import { type Flow, type FlowAction, match } from "../../core/api.ts";
import { COOKIE, OWNERS_TABLE, PRIORITY, REGISTER, TABLE, type TableName } from "./_layout.ts";

type Fields = Parameters<typeof match>[0];
type Place = keyof typeof PRIORITY;

/** Writers of rows for one table base. */
export interface Rows {
  /** A flow in `table` at a named priority of it. */
  row<P extends Place>(
    place: readonly [table: P, priority: keyof typeof PRIORITY[P]],
    fields: Fields,
    actions: readonly FlowAction[],
  ): Flow;
  to(table: TableName): FlowAction;
  /** The number of one of our tables. */
  number(table: TableName): number;
  /** Hands the packet to the owner's first table. */
  readonly again: FlowAction;
}

export function rowsFrom(tableBase: number): Rows {
  const number = (table: TableName) => tableBase + TABLE[table];
  return {
    number,
    to: (table) => ({ type: "resubmit", table: number(table) }),
    again: { type: "resubmit", table: OWNERS_TABLE },
    row: ([place, priority], fields, actions) => ({
      table: place === "owners" ? OWNERS_TABLE : number(place as TableName),
      priority: PRIORITY[place][priority] as number,
      cookie: COOKIE.flows,
      match: match(fields),
      actions,
    }),
  };
}

/** Writes a register whole. `set_field`, not `load`: over OpenFlow 1.5 the switch gives it back so. */
export function set(field: string, value: bigint): FlowAction {
  return { type: "set_field", field, value };
}

/** Sets one bit of the state register and leaves the others. */
export function flag(bit: bigint): FlowAction {
  return { type: "set_field", field: REGISTER.state, value: bit, mask: bit };
}
