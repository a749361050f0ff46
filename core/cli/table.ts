/** Columns as kubectl prints them: upper-case heads, three spaces between. @module */

/**
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
