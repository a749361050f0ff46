/** Plugin files by the command line: which are taken, and what is said of the others. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { sluice } from "../lab/agent.ts";
import { MAIN } from "../lab/paths.ts";
import { run, tryRun } from "../lab/run.ts";
import { action, Folder, list, option, resolver, target } from "./folder.ts";

const FORM = /^must have the form: export default \(api\) => api\.defineTarget/;
/** What a file holds that is refused, and what is said of it. */
const REFUSED: Readonly<Record<string, readonly [string, RegExp]>> = {
  "built_in.ts": [target("vxlan"), /^target "vxlan" is there already: it is built in$/],
  "built_in_action.ts": [action("Mirror"), /^action "Mirror" is there already: it is built in$/],
  "built_in_resolver.ts": [
    resolver("ovs-cni"),
    /^resolver "ovs-cni" is there already: it is built in$/,
  ],
  "built_in_option.ts": [
    option("priority"),
    /^option "priority" is there already: it is built in$/,
  ],
  "contract.ts": [target("Wrong"), /^kind: must be in camelCase/],
  "exit.ts": ["Deno.exit(0);", /^ends the process that loads it$/],
  "factory_throws.ts": [
    'export default () => {\n  throw new Error("no");\n};',
    /^its default export throws Error: no \(file:.*factory_throws\.ts:2:/,
  ],
  "hang.ts": ["for (;;);", /^hangs: not loaded and examined within 5 s$/],
  "import_missing.ts": [
    'import "./nowhere.ts";',
    /^cannot be imported: .*Module not found .*nowhere\.ts/s,
  ],
  "late.ts": [
    `Promise.reject(new Error("late"));${target("late")}`,
    /^ends the process that loads it: .*late/,
  ],
  "network.ts": [
    'import "https://127.0.0.1:1/x.ts";',
    /^cannot be imported: packages and URLs are not there/,
  ],
  "never.ts": ["await new Promise(() => {});", /^hangs/],
  "newer.ts": [
    `export const apiVersion = 2;${target("newer")}`,
    /^is for version 2 of the plugin API: this is 1$/,
  ],
  "no_default.ts": ["export const a = 1;", FORM],
  "no_function.ts": ["export default 7;", FORM],
  "nothing.ts": [
    "export default () => undefined;",
    /^must return what one of the api's functions gave/,
  ],
  "package.ts": [
    'import "npm:left-pad@1.3.0";',
    /^cannot be imported: packages and URLs are not there, only relative paths/,
  ],
  "promise.ts": [
    "export default async (api) => api.defineAction({});",
    /^its default export must not be async$/,
  ],
  "shape.ts": [
    'export default (api) => api.defineTarget({ kind: "a", chekc: 1 });',
    /^chekc: is unknown/,
  ],
  "syntax.ts": ["let x = ;", /^cannot be imported: SyntaxError: .*\n.*\n.*let x = ;/],
  "throws.ts": [
    '\nthrow new TypeError("x is not a y");',
    /^cannot be imported: TypeError: x is not a y \(file:.*throws\.ts:2:/,
  ],
  "twice.ts": [target("right"), /^target "right" is there already: it is in .*right\.js$/],
  "unnamed_version.ts": [
    `export const version = 2;${target("two")}`,
    /^version: must be a string: is 2$/,
  ],
  "writes.ts": ['for (;;) console.log("x".repeat(10000));', /^writes without end$/],
}; // deno-fmt-ignore

Deno.test("of a folder of wrong plugins each is refused by name and reason, the right one is loaded", async (t) => {
  const wrong = Object.entries(REFUSED).map(([name, [text]]) => [name, text]);
  await using folder = await Folder.of({
    ...Object.fromEntries(wrong),
    "right.js": `import { version } from "./lib/version.ts"; export { version };${target("right")}`,
    "lib/version.ts": 'export const version: string = "1.2.3";',
    "_helper.ts": "throw new Error();",
    "right_test.ts": "throw new Error();",
    "types.d.ts": "export interface A {}",
    "readme.md": "# Mine",
  });
  const { code, files } = await list(folder.path);
  assert.equal(code, 1);
  assert.deepEqual([...files.keys()], ["right.js", ...Object.keys(REFUSED)].sort());
  const right = files.get("right.js")!;
  assert.deepEqual([right.name, right.version, right.state], ["right", "1.2.3", "loaded"]);
  for (const [name, [, reason]] of Object.entries(REFUSED)) {
    await t.step(name, () => {
      const { state, problems } = files.get(name)!;
      assert.equal(state, "refused");
      assert.match(problems[0] ?? "", reason);
    });
  }
});

Deno.test("of two options with one annotation the first is loaded, and the other is refused", async () => {
  await using folder = await Folder.of({ "a.ts": option("viaIP"), "b.ts": option("viaIp") });
  const { code, files } = await list(folder.path);
  assert.equal(code, 1);
  assert.deepEqual([...files.values()].map(({ state, problems }) => [state, ...problems]), [
    ["loaded"],
    ["refused", 'option "viaIp" has the same annotation as option "viaIP": "sluice.dev/via-ip"'],
  ]);
});

Deno.test("one wrong file keeps a command that runs once from answering", async () => {
  await using folder = await Folder.of({ "a.ts": target("wire"), "b.ts": "let x = ;" });
  for (const command of [["crd"], ["validate", "-f", folder.path]]) {
    const { code, stdout, stderr } = await sluice(undefined, ...command, "--plugins", folder.path);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^sluice: Cannot use the plugins in ".*":\n.*\/b\.ts: cannot be imported/);
  }
  const nowhere = await sluice(undefined, "crd", "--plugins", join(folder.path, "none"));
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.stderr, /^sluice: Cannot read plugin folder ".*none": No such file/);
});

Deno.test("check says what is wrong in files, or that they conform", async () => {
  await using folder = await Folder.of({
    "right.ts": target("wire"),
    "wrong.ts": target(
      "wire2",
      'port: ({ name }) => ({ name: "one", type: 7, options: {}, identity: name }),',
    ),
  });
  const file = (name: string) => join(folder.path, name);
  const right = await sluice(undefined, "plugin", "check", file("right.ts"));
  assert.deepEqual([right.code, right.stdout], [
    0,
    `${file("right.ts")}: target "wire" conforms\n`,
  ]);
  const wrong = await sluice(undefined, "plugin", "check", file("right.ts"), file("wrong.ts"));
  assert.equal(wrong.code, 1);
  assert.equal(
    wrong.stdout,
    `${
      file("wrong.ts")
    }: port: returns a port of which /type must be string: is 7 (for {"name":"wire0"})\n` +
      `${file("right.ts")}: target "wire" conforms\n`,
  );
  const nowhere = await sluice(undefined, "plugin", "check", file("none.ts"));
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.stdout, /none\.ts: cannot be imported: .*Module not found/);
});

Deno.test("validate, plan's schema and the CRD know a plugin's fields; its failures have a line", async () => {
  await using folder = await Folder.of({
    "plugins/wire.ts": target(
      "wire",
      'check: ({ name }) => { if (name === "bad") throw new Error("oh"); return name === "odd" ? [{ path: "/name", message: "is odd" }] : []; },',
    ),
    "objects/tc.yaml": ["wire0", "odd", "bad", "Wire"].map((name) => `
apiVersion: crd.antrea.io/v1alpha2
kind: TrafficControl
metadata: { name: ${name.toLowerCase()} }
spec:
  appliedTo: { podSelector: {} }
  direction: Both
  action: Mirror
  targetPort:
    wire: { name: ${name} }
`).join("---"),
  });
  const objects = join(folder.path, "objects");
  const plugins = join(folder.path, "plugins");
  const { code, stdout } = await sluice(undefined, "validate", "-f", objects, "--plugins", plugins);
  const lines = stdout.trim().split("\n");
  assert.equal(code, 1);
  assert.equal(lines.length, 3, stdout);
  assert.match(lines[0]!, /tc\.yaml:20: \/spec\/targetPort\/wire\/name: is odd$/);
  assert.match(
    lines[1]!,
    /tc\.yaml:25: \/spec: Cannot use plugin ".*wire\.ts": check throws Error: oh$/,
  );
  assert.match(
    lines[2]!,
    /tc\.yaml:40: \/spec\/targetPort\/wire\/name: does not fit: Name: is "Wire"$/,
  );
  const crd = await sluice(undefined, "crd", "--plugins", plugins);
  assert.match(crd.stdout, /wire:\n +type: object/);
});

Deno.test("plugins load in a bundle too, without network, cache or a writable place", async () => {
  await using folder = await Folder.of({
    "plugins/wire.ts": `import { kind } from "./lib/kind.ts";${
      target("${kind}").replace('"${kind}"', "kind")
    }`,
    "plugins/lib/kind.ts": 'export const kind: string = "bundled";',
  });
  const bundle = join(folder.path, "sluice.js");
  await run(Deno.execPath(), ["bundle", "--quiet", "-o", bundle, MAIN]);
  await run("chmod", ["-R", "a+rX", folder.path]);
  const deno = join(folder.path, "deno");
  await Deno.copyFile(Deno.execPath(), deno);
  const { code, stdout, stderr } = await tryRun("unshare", [
    "--net",
    "setpriv",
    "--reuid=65534",
    "--clear-groups",
    "env",
    "-i",
    "DENO_DIR=/proc/none",
    deno,
    "run",
    "-A",
    "--no-remote",
    "--no-npm",
    bundle,
    "plugin",
    "list",
    "--plugins",
    join(folder.path, "plugins"),
  ]); // deno-fmt-ignore
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^target +bundled +- +loaded +\//m);
});
