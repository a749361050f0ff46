/** Reads manifests, YAML or JSON, and remembers the line of everything in them. @module */
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
import { LIMITS } from "../base/limits.ts";
import type { Kind, Problem } from "../contracts/mod.ts";
import type { Registries } from "../contracts/registry.ts";
import { isTooDeep, leftOpen, PARSING, wrongKeys } from "./yaml_limits.ts";
import { describe, fieldsOf, oneOf, unescapePointer } from "./validate.ts";
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

/** Errors reported for each document. One wrong quote can cause thousands of errors, and the first ones suffice. */
const MOST_ERRORS = 10;
/** The message about a file that is too large. */
export const TOO_LARGE = `is larger than ${LIMITS.manifestFile} bytes`;

/** The message about a file without text. A file with only comments is valid. */
export const EMPTY = "is empty";

/** Control characters that YAML does not allow (YAML 1.2.2 section 5.1). */
// deno-lint-ignore no-control-regex
const BINARY = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffd]/;

/**
 * Reads every document of a file. A `List` object is replaced by its items. Never throws.
 *
 * @param file Name of the file, for messages.
 * @param text YAML 1.2, or JSON, which is a part of YAML.
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
  const wrong = [...errors, ...wrongKeys(document)].slice(0, MOST_ERRORS);
  const all = wrong.map(({ at, message }) => ({
    file,
    line: lines.linePos(at).line,
    path: "",
    message,
  }));
  // Only the first error of a line is reported: the others are mostly its consequences.
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
      problems: objects.filter(({ raw }) => raw === null) // an empty item of a list
        .map(({ line }) => ({ file, line, path: "", message: "is no Kubernetes object" })),
    };
  } catch (error) {
    const { message } = error as Error;
    const alias = message.startsWith("Unresolved alias") && aliasNamedIn(document, message);
    const at = alias ? lineOfNode(alias, lines) : line;
    return { objects: [], problems: [{ file, line: at, path: "", message }] };
  }
}

/** The first alias with the name that stands at the end of the parser's message. */
function aliasNamedIn(document: Document.Parsed, message: string): Node | undefined {
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

/** The kind of a list: `List` of v1, or e.g. `PodList`, as the API server returns it. */
const LIST = /List$/;

interface ParsedDocument {
  readonly document: Document.Parsed;
  readonly root: Node;
  readonly lines: LineCounter;
}

function objectsIn(file: string, { document, root, lines }: ParsedDocument): ManifestObject[] {
  const raw = document.toJS({ maxAliasCount: LIMITS.yamlAliases });
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

/** The line of the node that the pointer names, or of the nearest node around it that is there. */
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
