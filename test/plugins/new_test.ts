/** `sluice plugin new`: files to begin with. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { PROGRAM, sluice } from "../lab/agent.ts";
import { run } from "../lab/run.ts";
import { Folder, list } from "./folder.ts";

const NEW = [
  ["target", "myWire", "my_wire.ts"],
  ["action", "Quarantine", "quarantine.ts"],
  ["option", "caseNumber", "case_number.ts"],
  ["resolver", "my-cni", "my_cni.ts"],
  ["pipeline", "my-pipeline", "my_pipeline.ts"],
] as const;
Deno.test("new writes files that conform, and whose own tests pass", async (t) => {
  await using folder = await Folder.of({
    "sluice": `#!/bin/sh\nexec ${PROGRAM.join(" ")} "$@"\n`,
  });
  await Deno.chmod(join(folder.path, "sluice"), 0o755);
  for (const [type, name, file] of NEW) {
    await t.step(type, async () => {
      const made = await sluice(undefined, "plugin", "new", type, name, "--into", folder.path);
      const files = [file, file.replace(".ts", "_test.ts"), "sluice.d.ts"];
      assert.equal(made.stdout, files.map((each) => `${join(folder.path, each)}\n`).join(""));
      const again = await sluice(undefined, "plugin", "new", type, name, "--into", folder.path);
      assert.match(again.stderr, /^sluice: Cannot write file ".*": it is there already/);
      const test = await run(Deno.execPath(), ["test", "--no-lock", "-A", files[1]!], {
        cwd: folder.path,
        env: { NO_COLOR: "1", SLUICE: join(folder.path, "sluice") },
      });
      assert.match(test, /ok \| 2 passed \| 0 failed/);
      await run(Deno.execPath(), ["fmt", "--check", "--line-width=100", ...files], {
        cwd: folder.path,
      });
    });
  }
  const { code, files } = await list(folder.path);
  assert.deepEqual([code, [...files.values()].map(({ name, version }) => `${name} ${version}`)], [
    0,
    ["caseNumber 0.1.0", "my-cni 0.1.0", "my-pipeline 0.1.0", "myWire 0.1.0", "Quarantine 0.1.0"],
  ]);
});

Deno.test.each([
  ["target", "vxlan", /^sluice: Cannot make target "vxlan": it is built in$/m],
  [
    "target",
    "MyWire",
    /^sluice: Cannot make target "MyWire": names of targets look like "myWire"$/m,
  ],
  ["option", "priority", /^sluice: Cannot make option "priority": it is built in$/m],
  ["option", "case-number", /names of options look like "caseNumber"$/m],
  ["action", "quarantine", /names of actions look like "Quarantine"$/m],
  ["resolver", "../x", /names of resolvers look like "my-cni"$/m],
  ["pipeline", "interpose", /^sluice: Cannot make pipeline "interpose": it is built in$/m],
  ["pipeline", "MyPipe", /names of pipelines look like "my-pipeline"$/m],
  ["source", "x", /Allowed choices are target, action, option, resolver, pipeline/],
])("new %s %s is refused", async (type, name, message) => {
  const { code, stderr } = await sluice(undefined, "plugin", "new", type, name);
  assert.ok(code > 0);
  assert.match(stderr, message);
});
