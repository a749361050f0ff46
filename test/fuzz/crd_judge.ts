/** The CRD as an API server judges by it: its schema, its rules in CEL, and that no field is unknown. @module */
import { Ajv } from "ajv";
import { evaluate } from "@marcbachmann/cel-js";
import type { SchemaNode } from "../../core/crd/structural.ts";
import { crd } from "../../core/crd/traffic_control_crd.ts";
import type { Registries } from "../../core/contracts/registry.ts";
import type { Rule } from "../../core/crd/cel.ts";

interface Version {
  readonly schema: {
    readonly openAPIV3Schema: { readonly properties: { readonly spec: SchemaNode } };
  };
}

/** `kubectl` refuses unknown fields: the server's field validation "Strict". */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, closed(value)]),
  );
  return "properties" in schema && !("additionalProperties" in schema)
    ? { ...inner, additionalProperties: false }
    : inner;
}

/** The server prunes fields that are null and must not be: Kubernetes documentation, "Defaulting and Nullable". */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutNulls(each)]));
}

/** A rule that cannot be evaluated, e.g. as a field is missing, does not hold. */
function holds(rule: string, self: unknown): boolean {
  try {
    return evaluate(rule, { self }) === true;
  } catch {
    return false;
  }
}

/** Whether no two items of a list of type "map" have the same keys. */
function haveOwnKeys(keys: readonly string[], items: readonly unknown[]): boolean {
  const texts = items.map((item) => JSON.stringify(keys.map((key) => Object(item)[key])));
  return new Set(texts).size === items.length;
}

/** @returns Whether a spec is accepted. */
export function crdJudge(registries: Registries): (spec: unknown) => boolean {
  const { versions: [version] } = crd(registries).spec as unknown as { versions: [Version] };
  const ajv = new Ajv({ strict: false, logger: false });
  ajv.addKeyword({
    keyword: "x-kubernetes-validations",
    validate: (rules: readonly Rule[], self: unknown) =>
      rules.every(({ rule }) => holds(rule, self)),
  });
  ajv.addKeyword({ keyword: "x-kubernetes-list-map-keys", validate: haveOwnKeys });
  // In every schema of a CRD, the numbers of an integer field are integers, whatever their format is.
  for (const format of ["int32", "int64"]) ajv.addFormat(format, true);
  const judge = ajv.compile(closed(version.schema.openAPIV3Schema.properties.spec) as object);
  return (spec) => judge(withoutNulls(spec));
}
