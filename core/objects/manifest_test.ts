/** Manifests: the objects in them, the lines of their parts, and their problems. */
import assert from "node:assert/strict";
import { manifestFiles } from "./manifest_files.ts";
import { join } from "node:path";
import { actions, options } from "../../plugins/mod.ts";
import { targets } from "../../targets/mod.ts";
import { index, type Registries } from "../contracts/registry.ts";
import { LIMITS } from "../base/limits.ts";
import { parseManifest, validateText } from "./manifest.ts";
import fc from "fast-check";

const registries: Registries = {
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", actions, ({ name }) => name),
  options: index("option", options, ({ field }) => field),
};

const GOOD = `apiVersion: crd.antrea.io/v1alpha2
kind: TrafficControl
metadata:
  name: web
spec:
  appliedTo:
    podSelector:
      matchLabels: {app: web}
  direction: Both
  action: Mirror
  targetPort:
    vxlan:
      remoteIP: 192.0.2.10
      vni: 7
`;

function report(text: string): string[] {
  return validateText("f.yaml", text, registries).problems
    .map(({ file, line, path, message }) => `${file}:${line}: ${path}: ${message}`);
}
const names = (text: string) =>
  validateText("f.yaml", text, registries).objects.map(({ kind, key }) => `${kind} ${key.name}`);

Deno.test("all problems are reported at once, each with its line", () => {
  const text = GOOD.replace("Both", "Up").replace("vni: 7", "vni: x\n      key: 1") +
    "---\nkind: Service\nmetadata: {name: x}\n---\n# nothing\n---\njust text\n";
  assert.deepEqual(report(text), [
    'f.yaml:9: /spec/direction: must be one of Ingress, Egress, Both: is "Up"',
    'f.yaml:14: /spec/targetPort/vxlan/vni: must be integer: is "x"',
    "f.yaml:15: /spec/targetPort/vxlan/key: is an unknown field",
    'f.yaml:17: /kind: must be one of TrafficControl, Pod, Namespace: is "Service"',
    "f.yaml:22: : is no Kubernetes object",
  ]);
});

Deno.test("a missing field has the line of the object that lacks it", () =>
  assert.deepEqual(report(GOOD.replace("      remoteIP: 192.0.2.10\n", "")), [
    "f.yaml:12: /spec/targetPort/vxlan/remoteIP: is required",
  ]));

Deno.test("lines are found through an alias and in a list", () => {
  const text = `kind: List
items:
- kind: Namespace
  metadata: &m {name: prod}
- kind: Namespace
  metadata: *m
- kind: Pod
  metadata:
    name: WRONG
`;
  assert.deepEqual(names(text), ["Namespace prod", "Namespace prod"]);
  assert.match(report(text)[0]!, /^f\.yaml:9: \/metadata\/name: must be a DNS name/);
});

/** Each case: a description, the text of the file, and its objects. */
const FOUND: readonly [string, string, string[]][] = [
  ["comments", "# a\n---\n# b\n", []],
  ["one", GOOD, ["TrafficControl web"]],
  ["a byte order mark", `\ufeff${GOOD}`, ["TrafficControl web"]],
  ["Windows line ends", GOOD.replaceAll("\n", "\r\n"), ["TrafficControl web"]],
  ["several", `---\n${GOOD}---\nkind: Pod\nmetadata: {name: p}\n...\n`, [
    "TrafficControl web",
    "Pod p",
  ]],
  ["JSON", '{"kind": "Pod", "metadata": {"name": "p"}}', ["Pod p"]],
  ["a list of one kind", "kind: PodList\nitems:\n- {kind: Pod, metadata: {name: p}}\n", ["Pod p"]],
  ["an empty list", "kind: List\nitems: []\n", []],
];
for (const [what, text, objects] of FOUND) {
  Deno.test(`a file with ${what}`, () => {
    assert.deepEqual(report(text), []);
    assert.deepEqual(names(text), objects);
  });
}

const bomb = ["a: &a [x,x,x,x,x,x,x,x,x,x]"];
for (const [count, name] of [..."bcdefghi"].entries()) {
  const before = "abcdefghi"[count]!;
  bomb.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(",")}]`);
}

/** Each case: a description, the text of the file, and its only problem. */
const BROKEN: readonly [string, string, RegExp][] = [
  ["a key twice", "kind: Pod\nmetadata:\n  name: a\n  name: b\n", /:4: : has the key "name" twice/],
  ["a tab", "kind:\n\tPod", /:2: : Tabs are not allowed/],
  ["an unknown alias", "kind: *nope", /:1: : Unresolved alias/],
  ["nothing", "", /:1: : is empty/],
  ["blanks alone", " \n\n", /:1: : is empty/],
  ["binary", "kind: Pod\0", /:1: : is not a text file/],
  ["too much", "#".repeat(LIMITS.manifestFile + 1), /:1: : is larger than 4194304 bytes/],
  ["brackets without end", "[".repeat(100_000), /:1: : is nested more than 200 deep/],
  ["sequences without end", "- ".repeat(5000), /:1: : is nested more than 200 deep/],
  ["keys without end", "? ".repeat(20_000), /:1: : is nested more than 200 deep/],
  ["an alias bomb", bomb.join("\n"), /:5: : aliases stand for more than 100000 values/],
];
for (const [what, text, problem] of BROKEN) {
  Deno.test(`a file with ${what} has one problem, which is found in time`, () => {
    const start = performance.now();
    assert.match(report(text).join("\n"), problem);
    assert.ok(performance.now() - start < 2000);
  });
}

Deno.test("property: no text makes validateText throw, and every problem has a line of the file", () => {
  const noise = fc.string({ unit: fc.constantFrom(..."ab:-?[]{}&*!|>'\"#%@ \n\t,1") });
  const cut = fc.nat(GOOD.length).map((length) => GOOD.slice(0, length));
  const spliced = fc.tuple(cut, noise, cut).map((parts) => parts.join(""));
  fc.assert(fc.property(fc.oneof(noise, cut, spliced), (text) => {
    const lines = text.split(/\r\n|\n|\r/).length;
    for (const { line } of validateText("f", text, registries).problems) {
      assert.ok(line >= 1 && line <= lines, `${line} of ${lines}`);
    }
  }));
});

Deno.test("the line of a pointer into an object is that of the part which it names", () => {
  const [object] = parseManifest("f.yaml", GOOD).objects;
  const lines = GOOD.split("\n");
  for (const key of ["kind", "metadata/name", "spec/direction", "spec/targetPort/vxlan/vni"]) {
    const line = lines[object!.lineOf(`/${key}`) - 1]!;
    assert.ok(line.trim().startsWith(`${key.split("/").at(-1)}:`), line);
  }
  assert.equal(object!.lineOf("/spec/targetPort/vxlan/nope"), 12);
  assert.equal(object!.lineOf(""), 1);
});

for (const name of ["mirror-web-app", "mirror-all-to-remote", "redirect-prod-to-local"]) {
  Deno.test(`the example ${name} has no problems`, async () => {
    const file = join(import.meta.dirname!, `../../docs/examples/${name}.yaml`);
    assert.deepEqual(report(await Deno.readTextFile(file)), []);
  });
}

Deno.test("the example with two sensors has no problems, and both sensors in its treatment", async () => {
  const file = join(import.meta.dirname!, "../../docs/sensors/two-sensors.yaml");
  const { objects, problems } = validateText(file, await Deno.readTextFile(file), registries);
  assert.deepEqual(problems, []);
  const [object] = objects;
  assert.ok(object?.kind === "TrafficControl");
  const [hop] = object.control.treatment.hops!;
  assert.deepEqual(hop!.pairs.map(({ target }) => `${target}`), ["tap0", "tap2", "tap2"]);
  assert.deepEqual(Object.keys(hop!.scope!).sort(), ["failureMode", "healthProbe"]);
});

Deno.test("of many syntax errors the first are told", () => {
  const text = Array.from({ length: 50 }, (_, index) => `\t${index}: a`).join("\n");
  const problems = report(`kind: Pod\n${text}`);
  assert.ok(problems.length > 0 && problems.length <= LIMITS.manifestErrors, `${problems.length}`);
});

Deno.test("a message repeats a long value only in part", () => {
  const [problem] = report(GOOD.replace(/direction: \w+/, `direction: ${"x".repeat(1000)}`));
  assert.match(problem!, new RegExp(`is "x{${LIMITS.describedValue}}\\.\\.\\."$`));
});

Deno.test("folders that are too deep are not read", async () => {
  const top = await Deno.makeTempDir();
  const folders = Array.from({ length: LIMITS.manifestFolders + 2 }, () => "f");
  await Deno.mkdir(`${top}/${folders.join("/")}`, { recursive: true });
  for (let depth = 0; depth <= folders.length; depth++) {
    const at = [top, ...folders.slice(0, depth)].join("/");
    await Deno.writeTextFile(`${at}/a.yaml`, "");
  }
  const { files } = await manifestFiles(top);
  assert.equal(files.length, LIMITS.manifestFolders + 1);
  await Deno.remove(top, { recursive: true });
});
