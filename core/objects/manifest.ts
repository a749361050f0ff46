/** Reads manifests, YAML or JSON, and remembers the line of everything in them. @module */
import { type Document, isMap, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";
import { LIMITS } from "../base/limits.ts";
import type { Kind, Problem } from "../contracts/mod.ts";
import type { Registries } from "../contracts/registry.ts";
import { withoutNulls } from "./nulls.ts";
import { partsOf } from "./json_texts.ts";
import { isTooDeep, leftOpen, PARSING } from "./yaml_limits.ts";
import { YamlTree } from "./yaml_tree.ts";
import { EMPTY } from "./yaml_value.ts";
import { describe, type Fields, fieldsOf, isFields, oneOf } from "./validate.ts";
import { KINDS, type ParsedObject, parseObject } from "./parse.ts";
import { checkAnnotations } from "./pod.ts";

/** One thing that is wrong with a manifest. It is printed as `file:line: path: message`. */
export interface ManifestProblem {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** JSON pointer from the object's root; empty for the document itself. */
  readonly path: string;
  readonly message: string;
}

/** One object of a manifest as it is written there, and the lines of its parts. */
export interface ManifestObject {
  readonly file: string;
  readonly line: number;
  readonly raw: unknown;
  /**
   * The line of a part of the object. If the part is not there, it is the line of the nearest part around it.
   *
   * @param pointer JSON pointer from the object's root.
   */
  lineOf(pointer: string): number;
}

/** What one file holds. */
export interface Manifest {
  readonly objects: readonly ManifestObject[];
  readonly problems: readonly ManifestProblem[];
}

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
    return parseDocuments(
      file,
      text.replace(CARRIAGE_RETURN, "\n").replace(BYTE_ORDER_MARK, ""),
    );
  } catch (error) {
    return refuse(`cannot be parsed: ${(error as Error).message}`);
  }
}

function parseDocuments(file: string, text: string): Manifest {
  const parts = [...partsOf(text)].flatMap((part) => {
    const lines = new LineCounter();
    const documents = parseAllDocuments(part.text, { ...PARSING, lineCounter: lines });
    const lineAt = (place: number) => part.linesBefore + lines.linePos(place).line;
    return [...documents as Iterable<Document.Parsed>].map((document) =>
      readDocument(document, { file, lineAt })
    );
  });
  return {
    objects: parts.flatMap(({ objects }) => objects),
    problems: parts.flatMap(({ problems }) => problems),
  };
}

interface Place {
  readonly file: string;
  /** @returns The line, counted from 1. @param place In characters from the beginning of the part of the text. */
  lineAt(place: number): number;
}

function readDocument(document: Document.Parsed, { file, lineAt }: Place): Manifest {
  const errors = [...document.errors, ...document.warnings].slice(0, LIMITS.manifestErrors)
    .map((error) => leftOpen(document, error) ?? { at: error.pos[0], message: error.message });
  const tree = new YamlTree(document);
  const wrong = [...errors, ...tree.errors].slice(0, LIMITS.manifestErrors);
  const all = wrong.map(({ at, message }) => ({ file, line: lineAt(at), path: "", message }));
  // Only the first error of a line is reported: the others are mostly its consequences.
  const problems = all.filter(({ line }, index) =>
    all.findIndex((other) => other.line === line) === index
  );
  if (problems.length > 0 || tree.value === null) return { objects: [], problems };
  const objects = objectsIn(tree).map(({ raw, node }): ManifestObject => ({
    file,
    line: lineAt(tree.placeOf(node, "")),
    raw,
    lineOf: (pointer) => lineAt(tree.placeOf(node, pointer)),
  }));
  return {
    objects: objects.filter(({ raw }) => raw !== null),
    problems: objects.filter(({ raw }) => raw === null) // an empty item of a list
      .map(({ line }) => ({ file, line, path: "", message: "is no Kubernetes object" })),
  };
}

/** The kind of a list: `List` of v1, or e.g. `PodList`, as the API server returns it. */
const LIST = /List$/;

/** The object of a document, or the items of its list. */
function objectsIn(tree: YamlTree): { readonly raw: unknown; readonly node: Node }[] {
  const [root, raw] = [tree.root!, tree.value];
  const isList = isMap(root) && LIST.test(String(fieldsOf(raw).kind));
  const nodes = isList ? root.get("items", true) : undefined;
  const { items } = fieldsOf(raw);
  if (!isSeq(nodes) || !Array.isArray(items)) return [{ raw, node: root }];
  const head = headOfItems(fieldsOf(raw));
  return nodes.items.map((node, index) => ({
    node: node as Node ?? root,
    raw: head && isFields(items[index]) && !hasHead(items[index])
      ? { ...head, ...items[index] }
      : items[index],
  }));
}

/** The version and kind of a list's items that say neither, as `kubectl get pods -o yaml` leaves both out. */
function headOfItems({ apiVersion, kind }: Fields): Fields | undefined {
  const ofItems = String(kind).replace(LIST, "");
  return ofItems === "" ? undefined : { apiVersion, kind: ofItems };
}

const hasHead = ({ apiVersion, kind }: Fields) =>
  (apiVersion ?? undefined) !== undefined || (kind ?? undefined) !== undefined;

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
