/** Reads manifests, YAML or JSON, and checks what is in them. @module */
import { LIMITS } from "../base/limits.ts";
import type { Kind, Problem } from "../contracts/mod.ts";
import type { Registries } from "../contracts/registry.ts";
import { withoutNulls } from "./nulls.ts";
import {
  LIST,
  type Manifest,
  type ManifestObject,
  type ManifestProblem,
  readDocuments,
} from "./manifest_documents.ts";
import { isTooDeep } from "./yaml_limits.ts";
import { EMPTY } from "./yaml_value.ts";
import { describe, fieldsOf, oneOf } from "./validate.ts";
import { KINDS, type ParsedObject, parseObject } from "./parse.ts";
import { checkAnnotations } from "./pod.ts";

export type { Manifest, ManifestObject, ManifestProblem };

/** The message about a file that is too large. */
export const TOO_LARGE = `is larger than ${LIMITS.manifestFile} bytes`;

/** Control characters that YAML does not allow (YAML 1.2.2 section 5.1). */
// deno-lint-ignore no-control-regex
const BINARY = /[\x00-\x08\x0b\x0c\x0e-\x1f]/;
/** A line end as on old Macintoshes: YAML 1.2.2 section 5.4. The parser does not know it. */
const CARRIAGE_RETURN = /\r(?!\n)/g;
/** Byte order marks, which may stand before each document: YAML 1.2.2 section 5.2. */
const BYTE_ORDER_MARK = /\ufeff(?<=^(?:---[^\n]*\n)?\ufeff)/gm;

/**
 * Reads every document of a file. A `List` object is replaced by its items. Never throws.
 *
 * @param file Name of the file, for messages.
 * @param text YAML as kubectl reads it (decision 026), or JSON, also several JSON objects one after another.
 */
export function parseManifest(file: string, text: string): Manifest {
  const refuse = (message: string): Manifest => ({
    objects: [],
    problems: [{ file, line: 1, path: "", message }],
  });
  if (text.length > LIMITS.manifestFile) return refuse(TOO_LARGE);
  if (text.trim() === "") return refuse(EMPTY);
  if (BINARY.test(text)) return refuse("is not a text file");
  if (isTooDeep(text)) return refuse(`is nested more than ${LIMITS.yamlNesting} deep`);
  try {
    return readDocuments(
      file,
      text.replace(CARRIAGE_RETURN, "\n").replace(BYTE_ORDER_MARK, ""),
    );
  } catch (error) {
    return refuse(`cannot be parsed: ${(error as Error).message}`);
  }
}

/** The valid objects of a file, and everything that is wrong in the file. */
export interface Validated {
  readonly objects: readonly (ParsedObject & ManifestObject)[];
  readonly problems: readonly ManifestProblem[];
}

/** Parses a file and checks every object in it. Never throws. */
export function validateText(file: string, text: string, registries: Registries): Validated {
  const { objects, problems } = parseManifest(file, text);
  const found = objects.map((each) => validateObject(each, registries));
  const wrong = found.flatMap((each) => "problems" in each ? each.problems : []);
  return {
    objects: found.flatMap((each) => "object" in each ? [each] : []),
    problems: [...problems, ...wrong].sort((one, other) => one.line - other.line),
  };
}

function validateObject(
  { file, line, raw, lineOf }: ManifestObject,
  registries: Registries,
): Validated["objects"][number] | { problems: ManifestProblem[] } {
  const at = ({ path, message }: Problem): ManifestProblem => ({
    file,
    line: lineOf(path),
    path,
    message,
  });
  const kind = kindOf(raw);
  if (kind === undefined) return { problems: [at(noKind(raw))] };
  const parsed = parseObject(kind, raw, registries);
  const problems = [
    ...("problems" in parsed ? parsed.problems : []),
    ...(kind === "Pod" ? annotationProblems(raw) : []),
  ];
  if (problems.length > 0 || "problems" in parsed) return { problems: problems.map(at) };
  return { ...parsed, file, line, raw, lineOf };
}

function annotationProblems(pod: unknown): readonly Problem[] {
  const { metadata } = fieldsOf(withoutNulls(pod));
  return checkAnnotations(fieldsOf(metadata).annotations);
}

function noKind(raw: unknown): Problem {
  const isObject = typeof raw === "object" && raw !== null && !Array.isArray(raw);
  if (!isObject) return { path: "", message: "is no Kubernetes object" };
  const { kind } = raw as { readonly kind?: unknown };
  if (kind === undefined) return { path: "/kind", message: "is required" };
  if (LIST.test(String(kind))) return noItems(raw);
  return oneOf("/kind", kind, KINDS)[0]!;
}

/** What is wrong with a `List` that has no list of items. A right one is replaced by its items before. */
function noItems(list: { readonly items?: unknown }): Problem {
  const message = list.items === undefined
    ? "is required"
    : `must be array: is ${describe(list.items)}`;
  return { path: "/items", message };
}

/** The kind that an object says it has; nothing if it is a kind that Sluice does not read. */
export function kindOf(raw: unknown): Kind | undefined {
  const kind = (raw as { kind?: unknown } | null)?.kind;
  return KINDS.find((known) => known === kind);
}
