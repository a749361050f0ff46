/** Every row of the table of limits is used by the code, and a test goes beyond it. */
import assert from "node:assert/strict";
import { type Limit, LIMIT_ROWS } from "../core/base/limits.ts";
import { problemsOf } from "../test/docs/titles.ts";
import { ROOT } from "../test/lab/paths.ts";
import { TESTS } from "./_limit_tests.ts";

const SOURCES = ["core", "plugins", "targets"];
const isTest = (file: string) => /_test\.ts$|\/testing\//.test(file);
const isTable = (file: string) => /\/base\/limits?(_\w+)?\.ts$/.test(file);

/** All product code but the table. */
async function code(): Promise<string> {
  const texts: string[] = [];
  const visit = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) await visit(path);
      else if (name.endsWith(".ts") && !isTest(path) && !isTable(path)) {
        texts.push(await Deno.readTextFile(path));
      }
    }
  };
  for (const folder of SOURCES) await visit(`${ROOT}/${folder}`);
  return texts.join("\n");
}

const rows = Object.entries<Limit>(LIMIT_ROWS);

Deno.test("every limit is used", async () => {
  const text = await code();
  const unused = rows.map(([name]) => name)
    .filter((name) => !new RegExp(`(LIMITS|[lL]imits)\\.${name}\\b`).test(text));
  assert.deepEqual(unused, []);
});

Deno.test("beyond every limit goes a test, which exists and is run", async () => {
  assert.deepEqual(await problemsOf(Object.values(TESTS)), []);
});

Deno.test("each row says what the limit is about, and what happens beyond, in words of its own", () => {
  for (const [name, { of, beyond, most }] of rows) {
    assert.ok(most > 0, name);
    for (const text of [of, beyond]) assert.doesNotMatch(text, /\.$|^\s|^$/, name);
  }
  assert.equal(new Set(rows.map(([, { of }]) => of)).size, rows.length);
});
