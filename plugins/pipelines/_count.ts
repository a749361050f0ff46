/** How packets are counted: see table Count. @module */
import type { PacketCounter, Row, RowAction } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";
import { type Rows, set } from "./_rows.ts";

/** Counts the packet. @param counter The id of the counter; absent if its register has it already. */
export function count({ to }: Rows, counter?: number): RowAction[] {
  return [...(counter === undefined ? [] : [set(REGISTER.counter, BigInt(counter))]), to("Count")];
}

/** The row of a counter. */
export function counterRows({ row }: Rows, { id, counts }: PacketCounter): Row[] {
  return [{ ...row(["Count", counts], { [REGISTER.counter]: id }, []), counts, counter: id }];
}
