/** Writes rows of the interpose pipeline: the numbers of tables and the priorities follow from their names. @module */
import { match, type Row, type RowAction, type RowDeclaration } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";
import { type RowName, type TableName, TABLES } from "./_tables.ts";

type Fields = Parameters<typeof match>[0];

/** Functions that write rows, for a pipeline with a certain `tableBase`. */
export interface Rows {
  /** A row with the table and the priority of the declaration with that name. */
  row<Name extends TableName>(
    place: readonly [table: Name, row: RowName<Name>],
    fields: Fields,
    actions: readonly RowAction[],
  ): Row;
  /** The action that sends a packet to a table. */
  to(table: TableName): RowAction;
  /** The number of a table. */
  number(table: TableName): number;
  /** The priority that is declared for rows of that name. */
  priority<Name extends TableName>(table: Name, row: RowName<Name>): number;
}

function declaration(table: TableName, row: string): RowDeclaration {
  const rows: readonly RowDeclaration[] = TABLES.find(({ name }) => name === table)!.rows;
  return rows.find(({ name }) => name === row)!;
}

export function rowsFrom(tableBase: number): Rows {
  const number = (table: TableName) => {
    const index = TABLES.findIndex(({ name }) => name === table);
    return index === 0 ? 0 : tableBase + index - 1;
  };
  return {
    number,
    priority: (table, row) => declaration(table, row).priority,
    to: (table) => ({ type: "resubmit", table: number(table) }),
    row: ([table, row], fields, actions) => ({
      table: number(table),
      priority: declaration(table, row).priority,
      match: match(fields),
      actions,
    }),
  };
}

/**
 * Sets a whole register. It is a `set_field` and not a `load`: over OpenFlow 1.5 the switch returns either as `set_field`,
 * and Sluice compares the flows that the switch returns with its own.
 */
export function set(field: string, value: bigint): RowAction {
  return { type: "set_field", field, value };
}

/** Clears one bit of the state register and leaves the other bits as they are. */
export function clear(bit: bigint): RowAction {
  return { type: "set_field", field: REGISTER.state, value: 0n, mask: bit };
}

/** Sets one bit of the state register and leaves the other bits as they are. */
export function flag(bit: bigint): RowAction {
  return { type: "set_field", field: REGISTER.state, value: bit, mask: bit };
}
