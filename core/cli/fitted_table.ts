/** Tables that fit a terminal: long cells are cut there, and nowhere else. Pure. @module */

export interface Column {
  readonly head: string;
  /** A column of numbers: it is aligned to the right, and never cut. */
  readonly isNumber?: boolean;
}

/** A text, and how it is painted after it has its width. */
export type Cell = string | {
  readonly text: string;
  readonly paint: (text: string) => string;
};

export interface Fit {
  /** Characters of a line; absent: as many as it takes. */
  readonly width?: number | undefined;
  /** Paints heads. */
  readonly head?: (text: string) => string;
}

const GAP = "   ";
const ELLIPSIS = "…";
/** A column is not made narrower. */
const NARROWEST = 8;

const textOf = (cell: Cell) => typeof cell === "string" ? cell : cell.text;
/** Characters as people count them, not UTF-16 code units. */
const lengthOf = (text: string) => [...text].length;

/** The text, cut to so many characters. */
export function cut(text: string, width: number): string {
  const characters = [...text];
  if (characters.length <= width) return text;
  return characters.slice(0, Math.max(0, width - 1)).join("") + ELLIPSIS;
}

/**
 * Formats rows as columns under their heads. Where they are too wide, the widest columns are made narrower.
 *
 * @example
 * ```ts
 * import { fittedTable } from "./fitted_table.ts";
 * import assert from "node:assert/strict";
 * const columns = [{ head: "NAME" }, { head: "PODS", isNumber: true }];
 * assert.equal(fittedTable(columns, [["mirror-of-the-web", "2"]]), "NAME                PODS\nmirror-of-the-web      2\n");
 * assert.equal(fittedTable(columns, [["mirror-of-the-web", "2"]], { width: 17 }), "NAME         PODS\nmirror-of…      2\n");
 * ```
 */
export function fittedTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  { width, head = (text) => text }: Fit = {},
): string {
  const heads = columns.map((column): Cell => ({ text: column.head, paint: head }));
  const lines = [heads, ...rows];
  const widths = columns.map((_, at) =>
    Math.max(...lines.map((line) => lengthOf(textOf(line[at]!))))
  );
  if (width !== undefined) narrow(widths, columns, width);
  return lines.map((line) => `${lineOf(line, columns, widths)}\n`).join("");
}

/** Makes the widest columns narrower until a line fits, or no column can be any narrower. */
function narrow(widths: number[], columns: readonly Column[], width: number): void {
  const gaps = GAP.length * (columns.length - 1);
  let excess = widths.reduce((sum, each) => sum + each, gaps) - width;
  const cuttable = columns.flatMap(({ isNumber }, at) => isNumber ? [] : [at]);
  for (; excess > 0; excess--) {
    const widest = cuttable.reduce<number | undefined>(
      (found, at) => found === undefined || widths[at]! > widths[found]! ? at : found,
      undefined,
    );
    if (widest === undefined || widths[widest]! <= NARROWEST) return;
    widths[widest]!--;
  }
}

function lineOf(
  line: readonly Cell[],
  columns: readonly Column[],
  widths: readonly number[],
): string {
  const last = line.length - 1;
  return line.map((cell, at) => {
    const text = cut(textOf(cell), widths[at]!);
    const space = " ".repeat(widths[at]! - lengthOf(text));
    const shown = typeof cell === "string" ? text : cell.paint(text);
    if (columns[at]!.isNumber) return space + shown;
    return at === last ? shown : shown + space;
  }).join(GAP).trimEnd();
}
