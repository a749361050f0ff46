/** How the interpose pipeline writes a row: names in, a row out. @module */
import { match, type Row, type RowAction, type RowDeclaration } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";
import { type RowName, type TableName, TABLES } from "./_tables.ts";

type Fields = Parameters<typeof match>[0];

/** Writers of rows for one table base. */
export interface Rows {
  /** A row in a table, as the table's declaration of that name has it. */
  row<Name extends TableName>(
    place: readonly [table: Name, row: RowName<Name>],
    fields: Fields,
    actions: readonly RowAction[],
  ): Row;
  to(table: TableName): RowAction;
  number(table: TableName): number;
  /** The priority of the rows of a name. */
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
    row: ([table, row], fields, actions) => {
      const { priority, counts } = declaration(table, row);
      return {
        table: number(table),
        priority,
        match: match(fields),
        actions,
        ...(counts && { counts }),
      };
    },
  };
}

/** Writes a register whole. `set_field`, not `load`: over OpenFlow 1.5 the switch gives it back so. */
export function set(field: string, value: bigint): RowAction {
  return { type: "set_field", field, value };
}

/** Sets one bit of the state register and leaves the others. */
export function flag(bit: bigint): RowAction {
  return { type: "set_field", field: REGISTER.state, value: bit, mask: bit };
}
