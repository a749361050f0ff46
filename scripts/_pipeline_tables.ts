/** The tables of a pipeline as documentation, from their declarations. @module */
import type { TableDeclaration } from "../core/api.ts";
import { table } from "./_markdown.ts";

/** One line for each row that is declared, in the order in which a packet meets the tables. */
export function pipelineTables(tables: readonly TableDeclaration[]): string {
  const rows = tables.flatMap(({ name, rows }, index) =>
    rows.map(({ priority, lowestPriority, matches, does, counts }) => [
      index === 0 ? "0" : name, // the bridge's own
      lowestPriority === undefined ? String(priority) : `${priority} to ${lowestPriority}`,
      matches,
      does,
      counts ?? "",
    ])
  );
  return table([["table", "priority", "match", "what is done", "counts"], ...rows]);
}
