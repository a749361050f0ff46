/** The man page, docs/man/sluice.1. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { sluice } from "../lab/agent.ts";
import { ROOT } from "../lab/paths.ts";
import { tryRun } from "../lab/run.ts";

const PAGE = join(ROOT, "docs", "man", "sluice.1");
/** Characters. No line of the page is broken between words that belong together. */
const LINE_LENGTH = "-rLL=400n";

Deno.test("the man page renders without a warning, and has every command with its flags", async () => {
  const { code, stdout, stderr } = await tryRun(
    "groff",
    ["-man", "-Tascii", "-P-cbou", "-ww", LINE_LENGTH, PAGE],
    { env: { LC_ALL: "C" } },
  );
  assert.deepEqual([code, stderr], [0, ""]);
  const help = (await sluice(undefined, "--help")).stdout;
  const commands = [...help.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name]) => name!);
  for (const command of commands.filter((name) => name !== "help" && name !== "sluice")) {
    assert.match(stdout, new RegExp(`^ +sluice ${command}\\b`, "m"));
  }
  const agent = (await sluice(undefined, "agent", "--help")).stdout;
  const flags = [...agent.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag]) => flag!);
  assert.ok(flags.length > 10);
  const part = stdout.slice(stdout.indexOf("sluice agent"), stdout.indexOf("sluice validate"));
  for (const flag of flags) {
    if (flag !== "--help") assert.match(part, new RegExp(`^ +${flag}( |$)`, "m"));
  }
  assert.match(stdout, /^ +SLUICE_BRIDGE\n? +--bridge$/m);
});
