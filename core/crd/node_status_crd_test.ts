/** What agents write of their nodes fits its CRD, with the cure of each condition; the API server: test/kubernetes/status_test.ts. */
import assert from "node:assert/strict";
import { Ajv } from "ajv";
import { NODE_STATUS_CRD } from "./node_status_crd.ts";

// deno-lint-ignore no-explicit-any -- a CustomResourceDefinition
const { spec: { versions: [{ schema }] } } = NODE_STATUS_CRD as any;

/** The API server refuses a field that the schema does not have, wherever it is. */
function closed(node: unknown): unknown {
  if (Array.isArray(node) || Object(node) !== node) return node;
  const entries = Object.entries(node as object).map(([key, value]) => [key, closed(value)]);
  const made = Object.fromEntries(entries);
  return made.type === "object" && made.properties
    ? { ...made, additionalProperties: false }
    : made;
}

const validate = new Ajv({ strict: false, formats: { int64: true } }).compile(
  closed(schema.openAPIV3Schema.properties.status) as object,
);
const status = (entry: object, condition: object) => ({
  bridge: "br-int",
  version: "1",
  trafficControls: [{
    name: "m",
    observedGeneration: 1,
    realized: false,
    reason: "DeviceMissing",
    message: "It is so: create it",
    conditions: [{ type: "DeviceMissing", message: "It is so: create it", ...condition }],
    pods: 1,
    ports: ["nic0"],
    ...entry,
  }],
});

Deno.test.each([
  ["with cures", { cure: "create it" }, { cure: "create it" }, true],
  ["of an agent that knows none", {}, {}, true],
  ["a cure that is no text", { cure: 1 }, {}, false],
  ["a field of no version", { remedy: "create it" }, {}, false],
  ["a condition's field of no version", {}, { remedy: "create it" }, false],
])("the status of a node: %s", (_, entry, condition, fits) => {
  assert.equal(validate(status(entry, condition)), fits, JSON.stringify(validate.errors));
});
