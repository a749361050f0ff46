/** Manifests: YAML or JSON with the line of everything in them. @module */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
} from "yaml";
import type { Kind, Problem } from "../contracts/mod.ts";
import type { Registries } from "../contracts/registry.ts";
import {
  duplicateKeys,
  isTooDeep,
  leftOpen,
  MOST_ALIASES,
  MOST_NESTED,
  PARSING,
} from "./yaml_limits.ts";
import { describe, fieldsOf, oneOf, unescapePointer } from "./validate.ts";
import { KINDS, type ParsedObject, parseObject } from "./parse.ts";
import { checkAnnotations } from "./pod.ts";

/** Bytes; no manifest of people's is larger, and parsing costs memory many times that. */
export const LARGEST_FILE = 4 * 1024 * 1024;

/** One thing wrong with a manifest; `file:line: path: message` in people's eyes. */
export interface ManifestProblem {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** JSON pointer from the object's root; empty for the document itself. */
  readonly path: string;
  readonly message: string;
}

/** One object as it is written, with the way back to its lines. */
export interface ManifestObject {
  readonly file: string;
  readonly line: number;
  readonly raw: unknown;
  /** @param pointer From the object's root; what is not there has the line of what is around it. */
  lineOf(pointer: string): number;
}

/** What one file holds. */
export interface Manifest {
  readonly objects: readonly ManifestObject[];
  readonly problems: readonly ManifestProblem[];
}

/** One wrong quote makes thousands: the first say it. */
const MOST_ERRORS = 10;
/** What is said of larger files. */
export const TOO_LARGE = `is larger than ${LARGEST_FILE} bytes`;

/** What is said of files without anything; one with comments alone is right. */
export const EMPTY = "is empty";

/** Control characters that YAML does not allow (YAML 1.2.2 section 5.1). */
// deno-lint-ignore no-control-regex
const BINARY = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffd]/;

/**
 * Takes every document of a file apart, and `List` objects into their items. Never throws.
 *
 * @param file Its name, for messages.
 * @param text YAML 1.2 or JSON, which is YAML, too.
 */
export function parseManifest(file: string, text: string): Manifest {
  const refuse = (message: string): Manifest => ({
    objects: [],
    problems: [{ file, line: 1, path: "", message }],
  });
  if (text.length > LARGEST_FILE) return refuse(TOO_LARGE);
  if (text.trim() === "") return refuse(EMPTY);
  if (BINARY.test(text)) return refuse("is not a text file");
  if (isTooDeep(text)) return refuse(`is nested more than ${MOST_NESTED} deep`);
  try {
    return parseDocuments(file, text);
  } catch (error) {
    return refuse(`cannot be parsed: ${(error as Error).message}`);
  }
}

function parseDocuments(file: string, text: string): Manifest {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { ...PARSING, lineCounter: lines });
  const parts = [...documents as Iterable<Document.Parsed>].map((document) =>
    readDocument(file, document, lines)
  );
  return {
    objects: parts.flatMap(({ objects }) => objects),
    problems: parts.flatMap(({ problems }) => problems),
  };
}

function readDocument(file: string, document: Document.Parsed, lines: LineCounter): Manifest {
  const errors = [...document.errors, ...document.warnings].slice(0, MOST_ERRORS)
    .map((error) => leftOpen(document, error) ?? { at: error.pos[0], message: error.message });
  const wrong = [...errors, ...duplicateKeys(document)].slice(0, MOST_ERRORS);
  const all = wrong.map(({ at, message }) => ({
    file,
    line: lines.linePos(at).line,
    path: "",
    message,
  }));
  // What more is said of a line follows from the first.
  const problems = all.filter(({ line }, index) =>
    all.findIndex((other) => other.line === line) === index
  );
  const root = document.contents;
  const isEmpty = root === null || (isScalar(root) && root.value === null);
  if (problems.length > 0 || isEmpty) return { objects: [], problems };
  const line = lineOfNode(root, lines);
  try {
    const objects = objectsIn(file, { document, root, lines });
    return {
      objects: objects.filter(({ raw }) => raw !== null),
      problems: objects.filter(({ raw }) => raw === null) // an item of a list that has not been written
        .map(({ line }) => ({ file, line, path: "", message: "is no Kubernetes object" })),
    };
  } catch (error) {
    const { message } = error as Error;
    const alias = message.startsWith("Unresolved alias") && firstAlias(document, message);
    const at = alias ? lineOfNode(alias, lines) : line;
    return { objects: [], problems: [{ file, line: at, path: "", message }] };
  }
}

/** The one that the message names, which is its last word. */
function firstAlias(document: Document.Parsed, message: string): Node | undefined {
  let found: Node | undefined;
  visit(document, {
    Alias(_, alias) {
      if (!message.endsWith(`: ${alias.source}`)) return undefined;
      found = alias;
      return visit.BREAK;
    },
  });
  return found;
}

/** `List` of v1, and what the API server calls a list of one kind. */
const LIST = /List$/;

interface Read {
  readonly document: Document.Parsed;
  readonly root: Node;
  readonly lines: LineCounter;
}

function objectsIn(file: string, { document, root, lines }: Read): ManifestObject[] {
  const raw = document.toJS({ maxAliasCount: MOST_ALIASES });
  const at = (node: Node | undefined, value: unknown): ManifestObject => ({
    file,
    line: node ? lineOfNode(node, lines) : 1,
    raw: value,
    lineOf: (pointer) => lineOfPointer(document, node ?? root, { pointer, lines }),
  });
  const isList = isMap(root) && LIST.test(String(raw?.kind));
  const items = isList ? root.get("items", true) : undefined;
  if (!isSeq(items)) return [at(root, raw)];
  return items.items.map((item, index) => at(item as Node, raw.items[index]));
}

function lineOfNode(node: Node, lines: LineCounter): number {
  return node.range ? lines.linePos(node.range[0]).line : 1;
}

/** The line of what the pointer names, or of the nearest thing around it that is there. */
function lineOfPointer(
  document: Document.Parsed,
  root: Node,
  { pointer, lines }: { pointer: string; lines: LineCounter },
): number {
  let [node, line] = [root as Node | undefined, lineOfNode(root, lines)];
  for (const part of pointer.split("/").slice(1)) {
    const key = unescapePointer(part);
    if (node && isAlias(node)) node = node.resolve(document) as Node | undefined;
    if (!node || !isCollection(node)) break;
    const pair = isMap(node)
      ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
      : undefined;
    const next = (pair ? pair.value : isSeq(node) ? node.items[Number(key)] : undefined) as
      | Node
      | undefined;
    if (!next && !pair) break;
    const place = isPair(pair) && isScalar(pair.key) ? pair.key : next!;
    line = lineOfNode(place as Node, lines);
    node = next;
  }
  return line;
}

/** Objects of files that are right, and everything that is wrong in them. */
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
    ...(kind === "Pod" ? checkAnnotations(fieldsOf(fieldsOf(raw).metadata).annotations) : []),
  ];
  if (problems.length > 0 || "problems" in parsed) return { problems: problems.map(at) };
  return { ...parsed, file, line, raw, lineOf };
}

function noKind(raw: unknown): Problem {
  const isObject = typeof raw === "object" && raw !== null && !Array.isArray(raw);
  if (!isObject) return { path: "", message: "is no Kubernetes object" };
  const { kind } = raw as { readonly kind?: unknown };
  if (kind === undefined) return { path: "/kind", message: "is required" };
  if (LIST.test(String(kind))) return noItems(raw);
  return oneOf("/kind", kind, KINDS)[0]!;
}

/** A list that has been taken apart does not come here. */
function noItems(list: { readonly items?: unknown }): Problem {
  const message = list.items === undefined
    ? "is required"
    : `must be array: is ${describe(list.items)}`;
  return { path: "/items", message };
}

/** The kind that an object says it has, if it is one that we read. */
export function kindOf(raw: unknown): Kind | undefined {
  const kind = (raw as { kind?: unknown } | null)?.kind;
  return KINDS.find((known) => known === kind);
}
