/** Reads the text of an annotation as one value: YAML, or JSON, which is a part of YAML. @module */
import { type Document, parseAllDocuments } from "yaml";
import { LIMITS } from "../base/limits.ts";
import { isTooDeep, leftOpen, PARSING } from "./yaml_limits.ts";
import { YamlTree } from "./yaml_tree.ts";

/** The value, or what is wrong with the text. */
export type ParsedValue = { readonly value: unknown } | { readonly problem: string };

/** Reads one YAML document. Never throws. */
export function parseValue(text: string): ParsedValue {
  if (isTooDeep(text)) return { problem: `is nested more than ${LIMITS.yamlNesting} deep` };
  try {
    const documents = [...parseAllDocuments(text, PARSING) as Iterable<Document.Parsed>];
    const [document] = documents;
    if (!document) return { problem: "is empty" };
    if (documents.length > 1) return { problem: "must be one YAML document" };
    const problem = problemOf(document);
    if (problem !== undefined) return { problem: `is no YAML: ${problem}` };
    const { value, errors } = new YamlTree(document);
    return errors[0] ? { problem: `is no YAML: ${errors[0].message}` } : { value };
  } catch (error) {
    return { problem: `is no YAML: ${(error as Error).message}` };
  }
}

/** The first problem of the document; nothing if it has none. */
function problemOf(document: Document.Parsed): string | undefined {
  const [error] = [...document.errors, ...document.warnings];
  return error && (leftOpen(document, error)?.message ?? error.message);
}
