/** Runs some suites again with the binary in place of the sources: commands, plugins, packets, Kubernetes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Built } from "./binary.ts";
import { ROOT } from "../lab/paths.ts";
import { tryRun } from "../lab/run.ts";

const SUITES = [
  "cli",
  "plugins/reload",
  "plugins/faults",
  "plugins/resolver",
  "lifecycle/objects",
  "lifecycle/folder",
  "kubernetes/source",
  "sensors/wires",
];

Deno.test("the binary passes the tests of the sources", async (t) => {
  await using built = await Built.build();
  // Only the binary gets SLUICE_CACHE: scripts that these tests run read that variable, too.
  const program = join(built.folder, "program");
  const cache = built.cache("cache");
  const script = `#!/bin/sh\nSLUICE_CACHE='${cache}' exec '${built.binary}' "$@"\n`;
  await Deno.writeTextFile(program, script, { mode: 0o755 });
  for (const suite of SUITES) {
    await t.step(suite, async () => {
      const { code, stdout, stderr } = await tryRun(
        Deno.execPath(),
        ["test", "-A", "--quiet", "--no-check", `test/${suite}_test.ts`],
        { cwd: ROOT, env: { SLUICE_BINARY: program, NO_COLOR: "1" } },
      );
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /^ok \| /m);
    });
  }
  // The cache shows that the binary has run, and that it is one version only.
  assert.match(await built.unpackedIn(cache), /sluice-[0-9a-f]{16}$/);
});
