/** Reads a text that is one YAML document, or JSON: an annotation, or a file of settings. @module */
import { type Document, LineCounter, parseAllDocuments } from "yaml";
import { LIMITS } from "../base/limits.ts";
import { isTooDeep, leftOpen, PARSING } from "./yaml_limits.ts";
import { type TextError, YamlTree } from "./yaml_tree.ts";

/** The message about a text without a value. */
export const EMPTY = "is empty";

/** The value, or what is wrong with the text. */
export type ParsedValue =
  | {
    readonly value: unknown;
    /** The line, counted from 1, of the part that a JSON pointer names, or of the nearest part around it. */
    lineOf(pointer: string): number;
  }
  | { readonly problem: string; readonly line: number };

/** Reads one YAML document. Never throws. */
export function parseValue(text: string): ParsedValue {
  if (isTooDeep(text)) {
    return { problem: `is nested more than ${LIMITS.yamlNesting} deep`, line: 1 };
  }
  const lines = new LineCounter();
  const lineAt = (place: number) => lines.linePos(place).line;
  try {
    const options = { ...PARSING, lineCounter: lines };
    const documents = [...parseAllDocuments(text, options) as Iterable<Document.Parsed>];
    const [document] = documents;
    if (!document) return { problem: EMPTY, line: 1 };
    if (documents.length > 1) return { problem: "must be one YAML document", line: 1 };
    const problem = problemOf(document);
    const tree = new YamlTree(document);
    const error = problem ?? tree.errors[0];
    if (error) return { problem: `is no YAML: ${error.message}`, line: lineAt(error.at) };
    const { root } = tree;
    return {
      value: tree.value,
      lineOf: (pointer) => root ? lineAt(tree.placeOf(root, pointer)) : 1,
    };
  } catch (error) {
    return { problem: `is no YAML: ${(error as Error).message}`, line: 1 };
  }
}

/** The first problem of the document that the parser found; nothing if it has none. */
function problemOf(document: Document.Parsed): TextError | undefined {
  const [error] = [...document.errors, ...document.warnings];
  return error && (leftOpen(document, error) ?? { at: error.pos[0], message: error.message });
}
