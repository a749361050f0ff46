/**
 * Whether a file has a test with a title, read from the file's text: a title in a comment or in an assertion does not
 * count, nor does a test that is never run.
 * @module
 */
import { join } from "node:path";
import { ROOT } from "../lab/paths.ts";

/** A file, and the title of a test or of a step in it. Where a title has `${...}` or `%s`, a text of a table may stand. */
export type TestName = readonly [file: string, title: string];

const LITERAL = String.raw`"(?:[^"\\\n]|\\.)*"|${"`"}(?:[^${"`"}\\]|\\.)*${"`"}`;
/** The first argument: a title, its name, or either of them in an object or in the call of a function. */
const TITLE = String
  .raw`(?:\w+\(\s*|\{\s*name:\s*)?(?:(${LITERAL})|(\w+)\b(?!\())(?:,\s*ignore: (\w+))?`;
/** Where a table of tests ends, and its title follows. */
const TABLE = String.raw`\.each(?:\(\w+\)|[^]*?^[ \t]*\]\))`;
const TEST = new RegExp(
  String.raw`^[ \t]*(?:await )?(?:Deno\.test|\w+\.step)(\.ignore)?(?:${TABLE})?\(\s*${TITLE}`,
  "gm",
);
/** Texts of a table: keys, first cells, and what stands in a line of its own. */
const CELL = /(?:^[ \t]*|\[)("(?:[^"\\\n]|\\.)*")[,:\]]/gm;
const HOLE = /\$\{[^}]*\}|%[so]/;

/** @returns What is wrong with the name of a test; nothing if the text has a test with exactly this title. */
export function problemIn(text: string, title: string): string | undefined {
  const cells = new Set([...text.matchAll(CELL)].map(([, cell]) => valueOf(cell!)));
  const found = [...text.matchAll(TEST)].filter(([, , literal, name]) =>
    isTitle(literal === undefined ? `\${${name}}` : valueOf(literal), title, cells)
  );
  if (found.length === 0) return "no test has this title";
  const runs = found.some(([, ignored, , , ignore]) => !ignored && ignore !== "true");
  return runs ? undefined : "the test is ignored";
}

/** The text of a literal, of whose escapes only those of quotes and backslashes are read. */
const valueOf = (literal: string) => literal.slice(1, -1).replace(/\\(["`\\])/g, "$1");

function isTitle(written: string, title: string, cells: ReadonlySet<string>): boolean {
  if (written === title) return true;
  const parts = written.split(HOLE).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  const texts = new RegExp(`^${parts.join("(.*)")}$`).exec(title)?.slice(1) ?? [];
  return texts.length > 0 && texts.every((text) => cells.has(text));
}

/** @returns What is wrong with the names of tests. */
export async function problemsOf(names: Iterable<TestName>): Promise<string[]> {
  const problems: string[] = [];
  for (const [file, title] of names) {
    const text = await Deno.readTextFile(join(ROOT, file)).catch(() => "");
    const problem = file.endsWith("_test.ts") ? problemIn(text, title) : "it is no file of tests";
    if (problem) problems.push(`${file}: ${title}: ${problem}`);
  }
  return problems;
}
