/** The CRD is compared with docs/reference/trafficcontrol-crd.yaml, its golden file, which `deno task gen` writes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Check } from "typebox/value";
import { parse } from "yaml";
import { actions, options } from "../../plugins/mod.ts";
import { targets } from "../../targets/mod.ts";
import { crd, crdYaml } from "./traffic_control_crd.ts";
import { index } from "../contracts/registry.ts";

const registries = {
  targets: index("target", targets, ({ kind }) => kind),
  actions: index("action", actions, ({ name }) => name),
  options: index("option", options, ({ field }) => field),
};
const ROOT = join(import.meta.dirname!, "..", "..");

type Node = Readonly<Record<string, unknown>>;

/** Every schema in a schema, with its path. */
function* nodes(node: Node, path = "$"): Generator<[string, Node]> {
  yield [path, node];
  for (const [name, inner] of Object.entries(node.properties ?? {})) {
    yield* nodes(inner as Node, `${path}.${name}`);
  }
  if (node.items) yield* nodes(node.items as Node, `${path}[]`);
  if (node.additionalProperties) yield* nodes(node.additionalProperties as Node, `${path}.*`);
}

function schema(): Node {
  const { spec } = crd(registries) as {
    spec: { versions: { schema: { openAPIV3Schema: Node } }[] };
  };
  return spec.versions[0]!.schema.openAPIV3Schema;
}

Deno.test("the CRD is the one in the reference", async () => {
  const golden = await Deno.readTextFile(join(ROOT, "docs/reference/trafficcontrol-crd.yaml"));
  assert.equal(crdYaml(registries), golden);
  assert.deepEqual(parse(golden), JSON.parse(JSON.stringify(crd(registries))));
});

Deno.test("every node of the CRD has a type and says what it is", () => {
  for (const [path, node] of nodes(schema())) {
    const isTyped = typeof node.type === "string" || node["x-kubernetes-int-or-string"] === true;
    assert.ok(isTyped, path);
    assert.match(String(node.description), /^[A-Z].*\.$/, path);
  }
});

/** Keywords and functions of later versions of Kubernetes: earlier ones drop them, or refuse the CRD. */
const TOO_NEW = [
  "messageExpression",
  "fieldPath",
  "optionalOldSelf",
  "isIP",
  "ip(",
  "cidr(",
  "format.",
  "quantity",
  "optional",
];

Deno.test("rules are in the CEL of Kubernetes 1.25 and have a message", () => {
  const rules = [...nodes(schema())].flatMap(([, node]) =>
    node["x-kubernetes-validations"] as { rule: string; message: string }[] ?? []
  );
  assert.ok(rules.length > 0);
  for (const rule of rules) {
    assert.deepEqual(Object.keys(rule), ["rule", "message"]);
    for (const word of TOO_NEW) assert.ok(!rule.rule.includes(word), rule.rule);
  }
});

Deno.test("the CRD keeps a written status, one condition for each type", () => {
  const { status } = schema().properties as { status: { properties: { conditions: Node } } };
  const { conditions } = status.properties;
  assert.equal(conditions["x-kubernetes-list-type"], "map");
  assert.deepEqual(conditions["x-kubernetes-list-map-keys"], ["type"]);
});

Deno.test("the CRD has every target as targetPort, and as returnPort what an action takes back", () => {
  const { targetPort, returnPort } =
    ((schema().properties as Node).spec as { properties: Record<string, { properties: Node }> })
      .properties;
  assert.deepEqual(Object.keys(targetPort!.properties), [...registries.targets.keys()]);
  assert.deepEqual(
    Object.keys(returnPort!.properties),
    [...registries.targets.keys()].filter((kind) => kind !== "erspan"),
  );
});

for (const name of ["mirror-web-app", "mirror-all-to-remote", "redirect-prod-to-local"]) {
  Deno.test(`the CRD accepts the example ${name}`, async () => {
    const text = await Deno.readTextFile(join(ROOT, `docs/examples/${name}.yaml`));
    assert.ok(Check(JSON.parse(JSON.stringify(schema())), parse(text)));
  });
}

Deno.test("without an action that takes packets back the CRD has no returnPort", () => {
  const mirror = new Map([...registries.actions].filter(([name]) => name === "Mirror"));
  assert.ok(!crdYaml({ ...registries, actions: mirror }).includes("returnPort"));
});

Deno.test("an option's rules for redirects hold for redirects that have the option", () => {
  const { spec } = schema().properties as Readonly<Record<string, Node>>;
  const rules = spec!["x-kubernetes-validations"] as readonly Node[];
  const found = rules.filter(({ rule }) => String(rule).includes("self.rules.all"));
  assert.deepEqual(found.map(({ rule }) => rule), [
    '!has(self.rules) || !(self.action in ["Redirect"]) || ' +
    '(self.rules.all(each, each.action != "Skip" || !has(each.ports)))',
  ]);
});
