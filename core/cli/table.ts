/** Text tables in the form of kubectl: heads in upper case, three spaces between columns. @module */

/**
 * Formats rows as columns under their heads.
 *
 * @example
 * ```ts
 * import { formatTable } from "./table.ts";
 * import assert from "node:assert/strict";
 * assert.equal(formatTable(["NAME", "PODS"], [["web", "2"]]), "NAME   PODS\nweb    2\n");
 * ```
 */
export function formatTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [heads, ...rows];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines.map((line) =>
    line.map((cell, column) => cell.padEnd(widths[column]!)).join("   ").trimEnd() + "\n"
  ).join("");
}
