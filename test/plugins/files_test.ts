/** Plugin files by the command line: which are taken, what is said of the others, files to begin with. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { PROGRAM, sluice } from "../lab/agent.ts";
import { MAIN } from "../lab/paths.ts";
import { run, tryRun } from "../lab/run.ts";

class Folder implements AsyncDisposable {
  private constructor(readonly path: string) {}

  static async of(files: Readonly<Record<string, string>>): Promise<Folder> {
    const path = await Deno.makeTempDir({ prefix: "slplugin" });
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(path, name)), { recursive: true });
      await Deno.writeTextFile(join(path, name), text);
    }
    return new Folder(path);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** A target that is right. @param more Beside or in place of its own fields. */
const target = (kind: string, more = "") => `
export default (api) => api.defineTarget({
  kind: "${kind}",
  docs: "Delivers packets to an internal port.",
  lifetime: "named",
  schema: api.Type.Object({
    name: api.Type.String({ pattern: "^[a-z0-9]{1,15}$", description: "Name." }),
  }),
  example: { name: "wire0" },
  port: ({ name }) => ({ name, type: "internal", options: {}, identity: name }),
  ${more}
});`;

interface Listed {
  readonly name?: string;
  readonly version?: string;
  readonly from: string;
  readonly state: string;
  readonly problems: readonly string[];
}
async function list(folder: string) {
  const { code, stdout, stderr } = await sluice(
    undefined,
    "plugin",
    "list",
    "--plugins",
    folder,
    "-o",
    "json",
  ); // deno-fmt-ignore
  assert.equal(stdout[0], "[", stderr);
  const all: Listed[] = JSON.parse(stdout);
  const files = all.filter(({ from }) => from !== "built-in");
  return { code, files: new Map(files.map((each) => [each.from.slice(folder.length + 1), each])) };
}

/** The same, an action, an option and a resolver. */
const action = (name: string) => `
export default (api) => api.defineAction({
  name: "${name}",
  docs: "Copies packets.",
  targetPort: "required",
  returnPort: "forbidden",
  treat: ({ target }) => ({ mirrors: [target] }),
});`;
const option = (field: string) => `
export default (api) => api.defineOption({
  field: "${field}",
  docs: "Names a case.",
  schema: api.Type.String({ pattern: "^[0-9]+$", description: "A number." }),
  example: "4711",
  effect: (value) => ({ copy: { value } }),
});`;
const resolver = (name: string) => `
export default (api) => api.defineResolver({
  name: "${name}",
  docs: "Finds no port.",
  resolve: () => [],
});`;

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
  "never.ts": ["await new Promise(() => {});", /^ends the process that loads it: Top-level await/],
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

Deno.test("validate, plan's schema and the CRD know a plugin's fields; its failures have a line", async () => {
  await using folder = await Folder.of({
    "plugins/wire.ts": target(
      "wire",
      'check: ({ name }) => { if (name === "bad") throw new Error("oh"); return name === "no" ? [{ path: "/name", message: "is no" }] : []; },',
    ),
    "objects/tc.yaml": ["wire0", "no", "bad", "Wire"].map((name) => `
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
  assert.match(lines[0]!, /tc\.yaml:20: \/spec\/targetPort\/wire\/name: is no$/);
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
