/** What keeps a hostile or broken YAML text from taking the agent's time: linear checks. @module */
import { type Document, isScalar, visit } from "yaml";

/** Collections within collections: the parser calls itself for each, some of them more than once. */
export const MOST_NESTED = 200;

const BRACKETS = /[[\]{}]/g;
/** Several on a line open several collections: YAML 1.2.2 section 8.2.1. */
const INDICATORS = /(?:[-?:&!*]\S*[ \t]+)+/g;

/** Brackets in strings count, too: nobody's manifest has so many of them open. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(BRACKETS)) {
    depth = bracket === "[" || bracket === "{" ? depth + 1 : Math.max(0, depth - 1);
    if (depth > MOST_NESTED) return true;
  }
  return text.matchAll(INDICATORS).some(([run]) => run.split(/[ \t]+/).length > MOST_NESTED);
}

/** Where a text is wrong, counted in characters, and how. */
export interface TextError {
  readonly at: number;
  readonly message: string;
}

/** Keys that a mapping has twice: YAML 1.2.2 section 3.2.1.1 forbids them. */
export function duplicateKeys(document: Document.Parsed): TextError[] {
  const found: TextError[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name)) {
          found.push({ at: key.range?.[0] ?? 0, message: `has the key "${name}" twice` });
        }
        seen.add(name);
      }
    },
  });
  return found;
}
