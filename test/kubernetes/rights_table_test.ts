/** The rights that `sluice doctor` checks are the rights that `deploy/` grants. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { rightsOf } from "../../plugins/sources/kubernetes/rights.ts";
import { NAMESPACE, parseObjects } from "./deployed.ts";
import { DEPLOY } from "../lab/paths.ts";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const line = (...parts: readonly (string | undefined)[]) =>
  parts.map((part) => part ?? "").join(" ");

/** One line for each verb on each resource that the rules grant. */
function* granted(rules: readonly Rule[], namespace?: string): Generator<string> {
  for (const { apiGroups, resources, resourceNames = [undefined], verbs } of rules) {
    for (const group of apiGroups) {
      for (const resource of resources) {
        for (const name of resourceNames) {
          for (const verb of verbs) yield line(verb, group, resource, name, namespace);
        }
      }
    }
  }
}

Deno.test("the doctor checks exactly the rights that deploy grants", async () => {
  const objects = parseObjects(await Deno.readTextFile(join(DEPLOY, "base", "rbac.yaml")));
  const roles = objects.filter(({ kind }) => kind === "ClusterRole" || kind === "Role");
  const shipped = roles.flatMap(({ rules, metadata }) => [...granted(rules, metadata.namespace)]);
  const asked = rightsOf(NAMESPACE).flatMap((right) =>
    right.verbs.map((verb) => {
      const part = right.subresource === undefined ? "" : `/${right.subresource}`;
      return line(verb, right.group, right.resource + part, right.name, right.namespace);
    })
  );
  assert.ok(shipped.length > 0);
  assert.deepEqual(asked.sort(), shipped.sort());
});
