/** Writes Markdown in the format of `deno fmt`, so that generated pages pass the gate. @module */

/** Width of a line for `deno fmt`. */
const LINE_WIDTH = 100;

/** A table with its columns aligned; the first row is its head. */
export function table(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |\n`;
  const rule = line(widths.map((width) => "-".repeat(width)));
  return line(head) + rule + rows.slice(1).map(line).join("");
}

/** A paragraph, broken into lines between words. */
export function paragraph(text: string): string {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trimStart();
    if (longer.length > LINE_WIDTH) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return `${lines.join("\n")}\n`;
}
