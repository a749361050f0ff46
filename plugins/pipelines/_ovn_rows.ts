/** Writes the rows of the pipeline `ovn`, and makes them of those that `interpose` writes. @module */
import { match, type Row, type RowAction } from "../../core/api.ts";
import { NEVER_HANDED_BACK, REGISTER } from "./_layout.ts";
import { MARK, NOT_IN_OVN } from "./_ovn_layout.ts";
import { addedPriority, type AddedRow, type AddedTable } from "./_ovn_tables.ts";
import { type Rows, rowsFrom } from "./_rows.ts";

type Fields = Parameters<typeof match>[0];

export interface OvnRows extends Rows {
  /** A row that only `ovn` has. */
  added<Table extends AddedTable>(
    place: readonly [table: Table, row: AddedRow<Table>],
    fields: Fields,
    actions: readonly RowAction[],
  ): Row;
}

export function ovnRowsFrom(tableBase: number): OvnRows {
  const rows = rowsFrom(tableBase);
  return {
    ...rows,
    added: ([table, name], fields, actions) => ({
      table: rows.number(table),
      priority: addedPriority(table, name),
      match: match(fields),
      actions,
    }),
  };
}

const BRIDGE_TABLE = 0;
const [notHandedBack] = Object.values(match({ [REGISTER.state]: NEVER_HANDED_BACK }));

/** The rows as they are on OVN's bridge: what is handed back has a mark there that OVN's own flows leave as it is. */
export function marked(rows: readonly Row[]): Row[] {
  return rows.map((row) => {
    const { [REGISTER.state]: state, ...others } = row.match;
    const isMarked = row.table === BRIDGE_TABLE && state?.mask === notHandedBack!.mask;
    return isMarked
      ? { ...row, match: { ...others, ...match({ [MARK.register]: NOT_IN_OVN }) } }
      : row;
  });
}
