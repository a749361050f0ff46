/** The table of limits as `docs/limits.md` shows it. @module */
import { type Limit, LIMIT_ROWS } from "../core/base/limits.ts";
import { table } from "./_markdown.ts";

const MEBIBYTE = 1024 * 1024;
const KIBIBYTE = 1024;
const SECOND = 1000;

const plain = (value: number) => value.toLocaleString("en");

/** The largest unit of which it is a whole number. */
function amount({ most, unit }: Limit): string {
  if (unit === "pieces") return plain(most);
  if (unit === "characters") return `${plain(most)} characters`;
  const units = unit === "bytes"
    ? ([[MEBIBYTE, "MiB"], [KIBIBYTE, "KiB"], [1, "bytes"]] as const)
    : ([[SECOND, "s"], [1, "ms"]] as const);
  const [size, name] = units.find(([size]) => most % size === 0)!;
  return `${plain(most / size)} ${name}`;
}

/** One row a limit. */
export function limitsTable(rows: Readonly<Record<string, Limit>> = LIMIT_ROWS): string {
  return table([
    ["limit of", "at most", "beyond"],
    ...Object.values(rows).map((row) => [row.of, amount(row), row.beyond]),
  ]);
}
