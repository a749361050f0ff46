/** Checks an object's `metadata`: ObjectMeta of Kubernetes' meta/v1. @module */
import type { Kind, Problem } from "../contracts/mod.ts";
import { DNS_LABEL, DNS_SUBDOMAIN, LABEL_KEY } from "./names.ts";
import { labelProblems } from "./label_selector.ts";
import {
  describe,
  escapePointer,
  type Fields,
  fieldsOf,
  isFields,
  unknownField,
} from "./validate.ts";

const METADATA_FIELDS = new Set([
  "annotations",
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "finalizers",
  "generateName",
  "generation",
  "labels",
  "managedFields",
  "name",
  "namespace",
  "ownerReferences",
  "resourceVersion",
  "selfLink",
  "uid",
]);
/** RFC 3339 section 5.6. */
const TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[-+]\d\d:\d\d)$/;
const NAME_MESSAGE = "must be a DNS name: lower case letters, digits, - and ., at most 253";
const LABEL_MESSAGE = "must be a DNS label: lower case letters, digits and -, at most 63";

function isTime(value: unknown): boolean {
  if (typeof value !== "string" || !TIME.test(value) || Number.isNaN(Date.parse(value))) {
    return false;
  }
  // JavaScript's Date takes 2026-02-30 for the 2nd of March: a day that does not exist changes when it is read.
  const day = value.slice(0, "2026-02-30".length);
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

/** What is wrong with an object's `metadata`. @returns Problems with JSON pointers from the object's root. */
export function checkMetadata(kind: Kind, given: unknown): Problem[] {
  if (given === undefined) return [{ path: "/metadata", message: "is required" }];
  if (!isFields(given)) {
    return [{ path: "/metadata", message: `must be object: is ${describe(given)}` }];
  }
  const { creationTimestamp: created } = given;
  // The API server has checked its keys, by rules of Go for lower case. A Pod that is refused here would not be inspected.
  const isServers = given.uid !== undefined;
  const isWrongTime = created !== undefined && !isTime(created);
  return [
    ...checkName(kind, given.name),
    ...checkNamespace(kind, given.namespace),
    ...(isWrongTime ? [problem("creationTimestamp", "must be a time: RFC 3339")] : []),
    ...unknownFields(given).map((field) =>
      problem(escapePointer(field), unknownField(field, [...METADATA_FIELDS]))
    ),
    ...checkStrings("labels", given.labels, labelProblems),
    ...checkStrings("annotations", given.annotations, isServers ? () => [] : annotationProblems),
  ];
}

const problem = (field: string, message: string): Problem => ({
  path: `/metadata/${field}`,
  message,
});

function checkName(kind: Kind, name: unknown): Problem[] {
  if (name === undefined) return [problem("name", "is required")];
  return kind === "Namespace" ? checkLabel("name", name) : checkSpelling("name", name, {
    pattern: DNS_SUBDOMAIN,
    message: NAME_MESSAGE,
  });
}

/** The API server ignores the namespace of an object that belongs to the whole cluster; kustomize writes it. */
function checkNamespace(kind: Kind, namespace: unknown = ""): Problem[] {
  if (namespace === "") return [];
  if (kind === "Pod") return checkLabel("namespace", namespace);
  if (typeof namespace === "string") return [];
  return [problem("namespace", `must be string: is ${describe(namespace)}`)];
}

function checkLabel(field: string, value: unknown): Problem[] {
  return checkSpelling(field, value, { pattern: DNS_LABEL, message: LABEL_MESSAGE });
}

function checkSpelling(
  field: string,
  value: unknown,
  { pattern, message }: { readonly pattern: RegExp; readonly message: string },
): Problem[] {
  if (typeof value !== "string") return [problem(field, `must be string: is ${describe(value)}`)];
  return pattern.test(value) ? [] : [problem(field, `${message}: is ${describe(value)}`)];
}

const ROOT_FIELDS = new Set(["apiVersion", "kind", "metadata", "spec", "status"]);

/** Unknown fields at the root of a Pod or Namespace, unless the API server has sent it: see `unknownFields`. */
export function checkRoot(object: Fields): Problem[] {
  if (fieldsOf(object.metadata).uid !== undefined) return [];
  return Object.keys(object).filter((field) => !ROOT_FIELDS.has(field))
    .map((field) => ({
      path: `/${escapePointer(field)}`,
      message: unknownField(field, [...ROOT_FIELDS]),
    }));
}

/**
 * Unknown fields of `metadata`. An object with a UID comes from an API server, which has checked it and may know fields
 * that are not in the list above.
 */
function unknownFields(metadata: Fields): string[] {
  if (metadata.uid !== undefined) return [];
  return Object.keys(metadata).filter((field) => !METADATA_FIELDS.has(field));
}

/** What is wrong with a map of strings. @param check Checks a key and its value, which is a string. */
function checkStrings(
  map: string,
  given: unknown,
  check: (path: string, key: string, value: string) => Problem[],
): Problem[] {
  if (given === undefined) return [];
  if (!isFields(given)) {
    return [problem(map, `must be a map of strings: is ${describe(given)}`)];
  }
  return Object.entries(given).flatMap(([key, value]) => {
    const path = `/metadata/${map}/${escapePointer(key)}`;
    if (typeof value === "string") return check(path, key, value);
    return [{ path, message: "must be a string: quote it" }];
  });
}

/** Keys follow the rules for keys of labels, whatever their case: `ValidateAnnotations` of apimachinery. */
function annotationProblems(path: string, key: string): Problem[] {
  if (LABEL_KEY.test(key.toLowerCase())) return [];
  return [{ path, message: `${describe(key)} is no annotation key` }];
}
