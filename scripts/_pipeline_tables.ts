/** The tables of a pipeline as documentation, from their declarations. @module */
import type { PipelineType, RowDeclaration, TableDeclaration } from "../core/api.ts";
import { table } from "./_markdown.ts";

const COLUMNS = ["table", "priority", "match", "what is done", "counts"];

/** One line for each row that is declared, in the order in which a packet meets the tables. */
export function pipelineTables(tables: readonly TableDeclaration[]): string {
  const lines = tables.flatMap(({ name, rows }, index) =>
    rows.map((row) => line(index === 0 ? "0" : name, row)) // the first one is the bridge's own
  );
  return table([COLUMNS, ...lines]);
}

function line(name: string, row: RowDeclaration): readonly string[] {
  const { priority, lowestPriority, matches, does, counts } = row;
  const priorities = lowestPriority === undefined ? priority : `${priority} to ${lowestPriority}`;
  return [name, String(priorities), matches, does, counts ?? ""];
}

/** The rows that a pipeline has besides those of another one with the same tables. */
export function addedTables(
  { tables: known }: Pick<PipelineType, "tables">,
  { tables, deliveryRows = [] }: Pick<PipelineType, "tables" | "deliveryRows">,
): string {
  const isKnown = (name: string, row: RowDeclaration) =>
    known.some((each) => each.name === name && each.rows.some(({ does }) => does === row.does));
  const added = tables.flatMap(({ name, rows }) =>
    rows.filter((row) => !isKnown(name, row)).map((row) => line(name, row))
  );
  const owners = deliveryRows.map((row) => line("OVN's own", row));
  return table([COLUMNS, ...owners, ...added].map((cells) => cells.slice(0, -1)));
}
