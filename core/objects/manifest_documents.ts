/** From the text of a manifest to the objects in it, and the lines of everything in them. @module */
import { type Document, isMap, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";
import { LIMITS } from "../base/limits.ts";
import { type Part, partsOf } from "./json_texts.ts";
import { readPlain } from "./plain_yaml.ts";
import { type Fields, fieldsOf, isFields } from "./validate.ts";
import { leftOpen, PARSING } from "./yaml_limits.ts";
import { YamlTree } from "./yaml_tree.ts";

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

/** What concerns more than one document: a directive, and the end of a document by dots (YAML 1.2.2 chapter 9). */
const BEYOND_ONE_DOCUMENT = /^(?:%|\.\.\.)/m;

/**
 * Reads each document by itself, the plain ones fast. If something is wrong, the library `yaml` reads the whole text: a
 * quote that is never closed can reach over several documents.
 *
 * @throws {Error} If the library `yaml` cannot go on.
 */
export function readDocuments(file: string, text: string): Manifest {
  if (!BEYOND_ONE_DOCUMENT.test(text)) {
    const manifest = joined(
      partsOf(text, { documents: true })
        .map((part) => readPlainDocument(file, part) ?? readByLibrary(file, part)),
    );
    if (manifest.problems.length === 0) return manifest;
  }
  return readWhole(file, text);
}

/** Reads a text by the library `yaml` alone. */
export function readWhole(file: string, text: string): Manifest {
  return joined(partsOf(text).map((part) => readByLibrary(file, part)));
}

function joined(manifests: Iterable<Manifest>): Manifest {
  const all = [...manifests];
  return {
    objects: all.flatMap(({ objects }) => objects),
    problems: all.flatMap(({ problems }) => problems),
  };
}

/** The objects of a plain document. Lines are asked for where something is wrong, and then the library `yaml` reads it. */
function readPlainDocument(file: string, part: Part): Manifest | undefined {
  const plain = readPlain(part.text);
  if (!plain) return undefined;
  const { value, places } = plain;
  const found = value === null ? [] : itemsOf(value) ?? [{ raw: value, written: value }];
  if (!found.every(({ written }) => places.has(written))) return undefined; // an empty item, or a text
  let read: readonly ManifestObject[] | undefined;
  const again = () => read ??= readByLibrary(file, part).objects;
  const lineAt = linesOf(part);
  const objects = found.map(({ raw, written }, index) => {
    const line = lineAt(places.get(written)!);
    const lineOf = (pointer: string) => again()[index]?.lineOf(pointer) ?? line;
    return { file, line, raw, lineOf };
  });
  return { objects, problems: [] };
}

/** @returns Gives the line, counted from 1, of a place that is not before the one that it was asked for last. */
function linesOf({ text, linesBefore }: Part): (place: number) => number {
  let [line, from] = [linesBefore + 1, 0];
  return (place) => {
    for (let end = text.indexOf("\n", from); end !== -1 && end < place;) {
      line++;
      from = end + 1;
      end = text.indexOf("\n", from);
    }
    return line;
  };
}

/** Reads a text as the library does, which knows all of YAML and the place of everything that is wrong. */
function readByLibrary(file: string, { text, linesBefore }: Part): Manifest {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { ...PARSING, lineCounter: lines });
  const lineAt = (place: number) => linesBefore + lines.linePos(place).line;
  const place = { file, lineAt };
  return joined(
    [...documents as Iterable<Document.Parsed>].map((document) => readDocument(document, place)),
  );
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

/** The object of a document, or the items of its list. */
function objectsIn(tree: YamlTree): { readonly raw: unknown; readonly node: Node }[] {
  const [root, raw] = [tree.root!, tree.value];
  const nodes = isMap(root) ? root.get("items", true) : undefined;
  const items = itemsOf(fieldsOf(raw));
  if (!isSeq(nodes) || !items) return [{ raw, node: root }];
  return items.map(({ raw }, index) => ({ raw, node: nodes.items[index] as Node | null ?? root }));
}

/** The kind of a list: `List` of v1, or e.g. `PodList`, as the API server returns it. */
export const LIST = /List$/;

interface Item {
  /** As it stands in the list. */
  readonly written: unknown;
  /** With what the list says of its items. */
  readonly raw: unknown;
}

/** The items of an object that is a list; nothing if it is none. */
function itemsOf(list: Fields): Item[] | undefined {
  if (!LIST.test(String(list.kind)) || !Array.isArray(list.items)) return undefined;
  const head = headOfItems(list);
  return list.items.map((written) => ({
    written,
    raw: head && isFields(written) && !hasHead(written) ? { ...head, ...written } : written,
  }));
}

/** The version and kind of a list's items that say neither, as `kubectl get pods -o yaml` leaves both out. */
function headOfItems({ apiVersion, kind }: Fields): Fields | undefined {
  const ofItems = String(kind).replace(LIST, "");
  return ofItems === "" ? undefined : { apiVersion, kind: ofItems };
}

const hasHead = ({ apiVersion, kind }: Fields) =>
  (apiVersion ?? undefined) !== undefined || (kind ?? undefined) !== undefined;
