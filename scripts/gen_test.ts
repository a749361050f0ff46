/** `deno task gen` on a copy of the project: to add a seventh target takes one new file. */
import "../test/lab/environment.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

const ROOT = join(import.meta.dirname!, "..");
const GENERATED = [
  "targets/mod.ts",
  "docs/reference/targets.md",
  "docs/reference/trafficcontrol-crd.yaml",
  "deploy/base/crds/trafficcontrols.yaml",
  "deploy/helm/sluice/files/crds/trafficcontrols.yaml",
];

/** Its kind is so long that the list in the registry must be broken into lines. */
const SEVENTH = `/** Target \`patch\`. @module */
import Type from "typebox";
import { defineTarget } from "../core/api.ts";

export default defineTarget({
  kind: "somethingWithAVeryLongName",
  docs: "Delivers packets to another bridge.",
  lifetime: "named",
  schema: Type.Object({
    peer: Type.String({ pattern: "^[a-z0-9]{1,10}$", description: "Far end." }),
  }),
  example: { peer: "p0" },
  port: ({ peer }) => ({ name: \`to-\${peer}\`, type: "patch", options: { peer }, identity: peer }),
});
`;

const MANIFEST = `apiVersion: crd.antrea.io/v1alpha2
kind: TrafficControl
metadata: { name: seventh }
spec:
  appliedTo: { podSelector: {} }
  direction: Both
  action: Mirror
  targetPort:
    somethingWithAVeryLongName:
      peer: P
`;
const WRONG_FIELD =
  'seventh.yaml:10: /spec/targetPort/somethingWithAVeryLongName/peer: does not fit: Far end: is "P"\n';

const ACTION = `/** Two copies. @module */
import { defineAction } from "../../core/api.ts";

export default defineAction({
  name: "Twice",
  docs: "Copies packets.",
  targetPort: "required",
  returnPort: "forbidden",
  treat: ({ target }) => ({ copies: [{ to: [target] }] }),
});
`;

async function deno(folder: string, ...args: string[]) {
  const command = new Deno.Command(Deno.execPath(), { args, cwd: folder, env: { NO_COLOR: "1" } });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
const stale = (stderr: string) => [...stderr.matchAll(/^(.*) is stale/gm)].map(([, file]) => file);

async function copy(folder: string): Promise<void> {
  const files = [
    "main.ts",
    "core",
    "targets",
    "plugins",
    "web",
    "scripts",
    "bench",
    "docs",
    "deploy",
    "deno.json",
    "deno.lock",
  ]; // deno-fmt-ignore
  const { success } = await new Deno.Command("cp", { args: ["-r", ...files, folder], cwd: ROOT })
    .output();
  assert.ok(success);
}

Deno.test("a seventh target: gen --check names the stale files, gen writes them in deno fmt's format", async () => {
  const folder = await Deno.makeTempDir({ prefix: "slgen" });
  try {
    await copy(folder);
    await Deno.writeTextFile(join(folder, "targets/something_with_a_very_long_name.ts"), SEVENTH);
    await Deno.writeTextFile(join(folder, "seventh.yaml"), MANIFEST);
    const before = await deno(folder, "task", "gen", "--check");
    assert.deepEqual([before.code, stale(before.stderr)], [1, GENERATED]);
    assert.equal((await deno(folder, "task", "gen")).code, 0);
    const after = await deno(folder, "task", "gen", "--check");
    assert.deepEqual([after.code, stale(after.stderr)], [0, []]);
    const format = await deno(folder, "fmt", "--check", ...GENERATED);
    assert.equal(format.code, 0, format.stderr);
    for (const file of GENERATED) {
      assert.match(await Deno.readTextFile(join(folder, file)), /somethingWithAVeryLongName/);
    }
    const used = await deno(folder, "run", "-A", "main.ts", "validate", "-f", "seventh.yaml");
    assert.deepEqual([used.code, used.stdout], [1, WRONG_FIELD]);
    const test = await deno(folder, "test", "-A", "targets/conformance_test.ts");
    assert.match(test.stdout, /somethingWithAVeryLongName conforms \.\.\. ok/);
    await Deno.writeTextFile(join(folder, "docs/reference/targets.md"), "old\n");
    const edited = await deno(folder, "task", "gen", "--check");
    assert.deepEqual([edited.code, stale(edited.stderr)], [1, ["docs/reference/targets.md"]]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a further action and outdated plugin types: gen --check names the files, gen writes them", async () => {
  const folder = await Deno.makeTempDir({ prefix: "slgen" });
  try {
    await copy(folder);
    await Deno.writeTextFile(join(folder, "plugins/actions/twice.ts"), ACTION);
    await Deno.writeTextFile(join(folder, "docs/plugins/sluice.d.ts"), "old\n");
    const before = await deno(folder, "task", "gen", "--check");
    assert.equal(before.code, 1);
    const named = stale(before.stderr);
    for (
      const file of ["plugins/mod.ts", "docs/reference/actions.md", "docs/plugins/sluice.d.ts"]
    ) {
      assert.ok(named.includes(file), `${file}: ${named}`);
    }
    assert.equal((await deno(folder, "task", "gen")).code, 0);
    assert.equal((await deno(folder, "task", "gen", "--check")).code, 0);
    assert.match(await Deno.readTextFile(join(folder, "docs/reference/actions.md")), /Twice/);
    const types = await Deno.readTextFile(join(ROOT, "docs/plugins/sluice.d.ts"));
    assert.equal(await Deno.readTextFile(join(folder, "docs/plugins/sluice.d.ts")), types);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
