/** "How to add" of docs/contributing.md, done as it stands there: each plugin is one new file in a copy of the project. */
import { ROOT } from "../lab/paths.ts";
import "../lab/environment.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

/** One section: the file that it shows, and the files that it says `deno task gen` writes. */
interface Recipe {
  readonly kind: string;
  readonly file: string;
  readonly text: string;
  readonly generated: readonly string[];
}

function recipes(page: string): Recipe[] {
  const [, rest = ""] = page.split("\n## How to add\n");
  const sections = rest.split("\n## ")[0]!.split(/\n### An? /).slice(1);
  return sections.map((section) => {
    const found = /^`(?<file>[^`]+)`:\n\n```ts ignore\n(?<text>[^]*?)```\n\n(?<after>[^]*)/m.exec(
      section,
    );
    const { file = "", text = "", after = "" } = found?.groups ?? {};
    const generated = [...after.matchAll(/`([^`]+\.(?:ts|md|yaml|1))`/g)].map(([, name]) => name!);
    return { kind: section.split("\n")[0]!, file, text, generated };
  });
}

const RECIPES = recipes(await Deno.readTextFile(join(ROOT, "docs/contributing.md")));

async function run(folder: string, program: string, ...args: string[]): Promise<string> {
  const command = new Deno.Command(program, { args, cwd: folder, env: { NO_COLOR: "1" } });
  const { success, stdout, stderr } = await command.output();
  const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.ok(success, `${program} ${args.join(" ")}:\n${out}${error}`);
  return out!;
}
const deno = (folder: string, ...args: string[]) => run(folder, Deno.execPath(), ...args);

/** The project as it is in the working folder, all of it committed. */
async function copyOfProject(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "sladd" });
  const files = await run(ROOT, "git", "ls-files", "-co", "--exclude-standard");
  const there = files.trim().split("\n").filter((file) => exists(join(ROOT, file)));
  await run(ROOT, "cp", "--parents", "-t", folder, ...there);
  await run(folder, "git", "init", "-q");
  await commitAll(folder);
  return folder;
}
function exists(file: string): boolean {
  try {
    return Deno.lstatSync(file) !== undefined;
  } catch {
    return false;
  }
}
async function commitAll(folder: string): Promise<void> {
  await run(folder, "git", "add", "-A");
  const who = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
  await run(folder, "git", ...who, "commit", "-qm", "all");
}

/** Files that differ from what is committed. */
async function changed(folder: string): Promise<string[]> {
  const status = await run(folder, "git", "status", "--porcelain", "--untracked-files=all");
  return status.split("\n").filter((line) => line !== "").map((line) => line.slice(3));
}

Deno.test("the page tells how to add each kind of plugin", () => {
  const kinds = RECIPES.map(({ kind }) => kind);
  assert.deepEqual(kinds, ["target", "action", "option", "resolver", "pipeline"]);
  for (const { file, text, generated, kind } of RECIPES) {
    assert.ok(file !== "" && text !== "" && generated.length > 0, kind);
  }
});

Deno.test("each is added by one new file, and what gen writes is what the page says", async (t) => {
  const folder = await copyOfProject();
  try {
    for (const { kind, file, text, generated } of RECIPES) {
      await t.step(kind, async () => {
        await Deno.writeTextFile(join(folder, file), text);
        await deno(folder, "task", "gen");
        assert.deepEqual((await changed(folder)).sort(), [file, ...generated].sort());
        await deno(folder, "task", "gen", "--check");
        const formatted = generated.filter((name) => !name.endsWith(".1")); // deno fmt has no man pages
        await deno(folder, "fmt", "--check", file, ...formatted);
        await deno(folder, "lint", "--quiet", file);
        await deno(folder, "check", "--quiet", file);
        await deno(folder, "task", "deps");
        await commitAll(folder);
      });
    }
    await t.step("all conform", async () => {
      const suites = ["targets/conformance_test.ts", "plugins/conformance_test.ts"];
      const said = await deno(folder, "test", "-A", "--no-check", ...suites);
      for (const { text } of RECIPES) {
        const name = /^ {2}(?:kind|name|field): "(.*)"/m.exec(text)![1];
        assert.match(said, new RegExp(`${name} conforms \\.\\.\\. ok`));
      }
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
