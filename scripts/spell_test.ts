/** `deno task spell` on files of each kind, in a temporary folder. */
import "../test/lab/environment.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

const SPELL = join(import.meta.dirname!, "spell");
/** In two halves, or this file would be refused. */
const WRONG = "rec" + "ieve";
const AMERICAN = "col" + "or";

async function spell(name: string, text: string) {
  const folder = await Deno.makeTempDir({ prefix: "slspell" });
  try {
    const file = join(folder, name);
    await Deno.writeTextFile(file, text);
    const { code, stdout, stderr } = await new Deno.Command(SPELL, { args: [file] }).output();
    return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test.each([
  ["a comment", "a.ts", `// They ${WRONG} packets.\nexport {};\n`, "receive"],
  ["a part of a name", "a.ts", `export const ${WRONG}Packets = 1;\n`, "receive"],
  ["a page", "page.md", `Sensors ${WRONG} packets.\n`, "receive"],
  ["a shell script", "run", `#!/bin/sh\n# It will ${WRONG} packets.\n`, "receive"],
  ["a manifest", "a.yaml", `description: to ${WRONG}\n`, "receive"],
  ["an American word", "page.md", `The ${AMERICAN} of a port.\n`, "colour"],
])("a misspelled word is found in %s", async (_what, name, content, right) => {
  const { code, text } = await spell(name, content);
  assert.equal(code, 2, text);
  assert.match(text, new RegExp(`should be .${right}`));
});

Deno.test("words of the field, and those that typos.toml allows, are right", async () => {
  const words =
    "Sluice realizes a TrafficControl: nd_target, arp_tha, ofport, NO_COLOR, neighbours.";
  assert.deepEqual(await spell("page.md", words), { code: 0, text: "" });
});
