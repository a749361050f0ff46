/** Plugin files that hang or use up memory do not stop commands, and are named. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "yaml";
import { sluice } from "../lab/agent.ts";
import { Folder, list, target } from "./folder.ts";
import { mirrorTo } from "./plugin_lab.ts";
import { WIRE } from "./wire_faults.ts";

Deno.test("commands name the plugin, and end", async (t) => {
  await using folder = await Folder.of({ "plugins/wire.ts": WIRE });
  const plugins = join(folder.path, "plugins");
  for (const name of ["loops", "fills", "later", "w1"]) {
    await t.step(name, async () => {
      const file = join(folder.path, "tc.yaml");
      await Deno.writeTextFile(file, stringify(mirrorTo("m", name)));
      const { code, stdout, stderr } = await sluice(
        undefined,
        "validate",
        "-f",
        file,
        "--plugins",
        plugins,
      );
      const isGood = name === "later" || name === "w1";
      assert.equal(code, isGood ? 0 : 1, stdout + stderr);
      if (!isGood) assert.match(stdout + stderr, /wire\.ts": port (does not return|uses more)/);
    });
  }
});

Deno.test("files that cannot be tried are refused by name, whatever they do", async () => {
  const also = (text: string) => `${text}\n${target("t")}`;
  await using folder = await Folder.of({
    "a.ts": also("await new Promise(() => {});"),
    "b.ts": also("await new Promise((resolve) => setTimeout(resolve, 1e9));"),
    "c.ts": also("for (;;) console.error('x'.repeat(1e5));"),
    "d.ts": also("for (;;) console.log('x'.repeat(1e5));"),
    "e.ts": also("const all = []; for (;;) all.push(new Array(1e6).fill(1.5));"),
    "f.ts": also("const all = []; for (;;) all.push(new Uint8Array(1e7).fill(1));"),
    "g.ts": also("Deno.exit(0);"),
    "h.ts": also("setTimeout(() => { for (;;); });"),
    "z.ts": target("fine"),
  });
  const { code, files } = await list(folder.path);
  assert.equal(code, 1);
  const problems = [...files].map(([name, { state, problems }]) =>
    `${name} ${state} ${problems[0] ?? ""}`
  );
  const expected = [
    /^a\.ts refused (hangs|ends the process)/,
    /^b\.ts refused hangs/,
    /^c\.ts refused writes without end/,
    /^d\.ts refused writes without end/,
    /^e\.ts refused uses more than 256 MB of memory/,
    /^f\.ts refused uses more than 256 MB of memory/,
    /^g\.ts refused ends the process/,
    /^h\.ts refused hangs/,
    /^z\.ts loaded/,
  ];
  assert.equal(problems.length, expected.length);
  for (const [index, pattern] of expected.entries()) assert.match(problems[index]!, pattern);
});
