/** What is wrong with an object's `metadata`: ObjectMeta of Kubernetes' meta/v1. @module */
import type { Problem } from "./api.ts";
import { DNS_SUBDOMAIN } from "./names.ts";
import { escapePointer } from "./validate.ts";

/** An object as it came, before anything in it is known. */
export type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value's fields; none if it is no object. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

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
const isTime = (value: unknown) =>
  typeof value === "string" && TIME.test(value) && !Number.isNaN(Date.parse(value));
const isName = (value: unknown) => typeof value === "string" && DNS_SUBDOMAIN.test(value);
const NAME_MESSAGE = "must be a DNS name: lower case letters, digits, - and ., at most 253";

/** @returns Problems with JSON pointers from the object's root. */
export function checkMetadata(metadata: Fields): Problem[] {
  const { name, namespace, creationTimestamp: created } = metadata;
  const wrong: readonly (readonly [boolean, string, string])[] = [
    [name === undefined, "name", "is required"],
    [name !== undefined && !isName(name), "name", NAME_MESSAGE],
    [(namespace ?? "") !== "" && !isName(namespace), "namespace", NAME_MESSAGE],
    // `kubectl create --dry-run -o yaml` writes null
    [
      (created ?? null) !== null && !isTime(created),
      "creationTimestamp",
      "must be a time: RFC 3339",
    ],
    ...unknownFields(metadata).map((field) =>
      [true, escapePointer(field), "is an unknown field"] as const
    ),
  ];
  return [
    ...wrong.filter(([is]) => is).map(([, field, message]) => ({
      path: `/metadata/${field}`,
      message,
    })),
    ...["labels", "annotations"].flatMap((map) => checkStrings(map, metadata[map])),
  ];
}

/** What the API server sends (it has a UID) it has checked, and may be newer than our list. */
function unknownFields(metadata: Fields): string[] {
  if (metadata.uid !== undefined) return [];
  return Object.keys(metadata).filter((field) => !METADATA_FIELDS.has(field));
}

function checkStrings(map: string, given: unknown): Problem[] {
  if (given === undefined || given === null) return [];
  if (!isFields(given)) return [{ path: `/metadata/${map}`, message: "must be a map of strings" }];
  return Object.entries(given).filter(([, value]) => typeof value !== "string").map(([key]) => ({
    path: `/metadata/${map}/${escapePointer(key)}`,
    message: "must be a string: quote it",
  }));
}
