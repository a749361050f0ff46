/** One value in a text of its own, as annotations have it: YAML, or JSON, which is YAML, too. @module */
import { type Document, parseAllDocuments } from "yaml";
import {
  duplicateKeys,
  isTooDeep,
  leftOpen,
  MOST_ALIASES,
  MOST_NESTED,
  PARSING,
} from "./yaml_limits.ts";

/** The value, or what is wrong with the text. */
export type ParsedValue = { readonly value: unknown } | { readonly problem: string };

/** Never throws. */
export function parseValue(text: string): ParsedValue {
  if (isTooDeep(text)) return { problem: `is nested more than ${MOST_NESTED} deep` };
  try {
    const documents = [...parseAllDocuments(text, PARSING) as Iterable<Document.Parsed>];
    const [document] = documents;
    if (!document) return { problem: "is empty" };
    if (documents.length > 1) return { problem: "must be one YAML document" };
    const problem = problemOf(document);
    if (problem !== undefined) return { problem: `is no YAML: ${problem}` };
    return { value: document.toJS({ maxAliasCount: MOST_ALIASES }) };
  } catch (error) {
    return { problem: `is no YAML: ${(error as Error).message}` };
  }
}

/** The first, if any. */
function problemOf(document: Document.Parsed): string | undefined {
  const [error] = [...document.errors, ...document.warnings];
  if (!error) return duplicateKeys(document)[0]?.message;
  return leftOpen(document, error)?.message ?? error.message;
}
