/** `.editorconfig` says what the files are like: an editor that follows it and `deno fmt` never disagree. */
import "../test/lab/environment.ts";
import assert from "node:assert/strict";
import { join, matchesGlob } from "node:path";

const ROOT = join(import.meta.dirname!, "..");
const text = await Deno.readTextFile(join(ROOT, ".editorconfig"));

type Properties = Readonly<Record<string, string>>;

/** Each section's glob with its properties, in the order of the file. */
const sections = text.split(/^\[/m).slice(1).map((section): [string, Properties] => {
  const [head, ...lines] = section.split("\n");
  const pairs = lines.filter((line) => /^\w/.test(line)).map((line) => line.split(" = "));
  const glob = head!.slice(0, -1);
  return [glob.includes("/") ? glob : `**/${glob}`, Object.fromEntries(pairs)];
});

/** Of two sections that speak of one property the later one holds. */
function propertiesOf(file: string): Properties {
  const fitting = sections.filter(([glob]) => matchesGlob(file, glob));
  return Object.assign({}, ...fitting.map(([, properties]) => properties));
}

/** What contradicts each property; nothing is looked for where it is `unset`. */
const CONTRADICTIONS: Readonly<Record<string, RegExp>> = {
  "end_of_line = lf": /\r/,
  "insert_final_newline = true": /[^\n]$/,
  "trim_trailing_whitespace = true": /[ \t]$/m,
  "indent_style = space": /^ *\t/m,
  "indent_style = tab": /^ +\S/m,
};

async function files(): Promise<string[]> {
  const { stdout } = await new Deno.Command("git", { args: ["ls-files"], cwd: ROOT }).output();
  return new TextDecoder().decode(stdout).trim().split("\n");
}

Deno.test("no file contradicts .editorconfig", async () => {
  const wrong: string[] = [];
  for (const file of await files()) {
    const content = await Deno.readTextFile(join(ROOT, file)).catch(() => "");
    for (const [name, value] of Object.entries(propertiesOf(file))) {
      const property = `${name} = ${value}`;
      if (CONTRADICTIONS[property]?.test(content)) wrong.push(`${file}: ${property}`);
    }
  }
  assert.deepEqual(wrong, []);
});

Deno.test(".editorconfig has the widths of deno fmt", async () => {
  const { fmt } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  for (const file of ["core/x.ts", "docs/x.md", "deno.json"]) {
    const { max_line_length, indent_size, indent_style } = propertiesOf(file);
    assert.equal(Number(max_line_length), fmt.lineWidth);
    // deno.json does not say it, so deno fmt has its own: two spaces.
    assert.deepEqual([Number(indent_size), indent_style], [fmt.indentWidth ?? 2, "space"]);
  }
});

Deno.test("a Go module has tabs, a golden file is left as it is", () => {
  assert.equal(propertiesOf("test/kubernetes/etcd/go.mod").indent_style, "tab");
  assert.equal(propertiesOf("test/golden/x/plan.txt").trim_trailing_whitespace, "unset");
});
