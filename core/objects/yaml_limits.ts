/** What keeps a hostile or broken YAML text from taking the agent's time: linear checks. @module */
import { type Document, isCollection, isScalar, type Node, visit, type YAMLError } from "yaml";

/** The library's own check of keys, and its pretty errors, take time by the square of their number. */
export const PARSING = { uniqueKeys: false, prettyErrors: false, logLevel: "error" } as const;
/** Nodes that aliases may stand for: a few lines of them can stand for billions. */
export const MOST_ALIASES = 100;
/** Collections within collections: the parser calls itself for each, some of them more than once. */
export const MOST_NESTED = 200;

const BRACKETS = /[[\]{}]/g;
const INDENTED = /^ *\S/gm;
/** Several on a line open several collections: YAML 1.2.2 section 8.2.1. */
const INDICATORS = /(?:[-?:&!*]\S*[ \t]+)+/g;

/** Brackets in strings count, too: nobody's manifest has so many of them open. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(BRACKETS)) {
    depth = bracket === "[" || bracket === "{" ? depth + 1 : Math.max(0, depth - 1);
    if (depth > MOST_NESTED) return true;
  }
  if (text.matchAll(INDICATORS).some(([run]) => run.split(/[ \t]+/).length > MOST_NESTED)) {
    return true;
  }
  return isStaircase(text);
}

/** Lines that are each indented more than the one before. */
function isStaircase(text: string): boolean {
  const open: number[] = [];
  for (const [line] of text.matchAll(INDENTED)) {
    const indent = line.length - 1;
    while (open.length > 0 && open.at(-1)! >= indent) open.pop();
    if (open.push(indent) > MOST_NESTED) return true;
  }
  return false;
}

/** Where a text is wrong, counted in characters, and how. */
export interface TextError {
  readonly at: number;
  readonly message: string;
}

/** How the parser says, at the end, that something is still open. */
const OPEN_QUOTE = /^Missing closing (["'])quote/;
const OPEN_BRACKET = /^Flow (map|sequence) .*must .*end with/;
const OPENED: Readonly<Record<string, string>> = {
  map: "flow map {",
  sequence: "flow sequence [",
};

/** Quotes and brackets that are never closed, where they begin: there people have to look. */
export function leftOpen(
  document: Document.Parsed,
  { pos, message }: YAMLError,
): TextError | undefined {
  const [, quote] = OPEN_QUOTE.exec(message) ?? [];
  const [, kind] = OPEN_BRACKET.exec(message) ?? [];
  if (!quote && !kind) return undefined;
  let open: Node | undefined;
  visit(document, {
    Node(_, node) {
      const [start, end] = (node as Node).range ?? [Infinity, 0];
      const isKind = quote ? isScalar(node) : isCollection(node) && node.flow;
      if (isKind && start < pos[0] && end >= pos[0]) open = node as Node;
    },
  });
  if (!open) return undefined;
  const what = quote ? `quote ${quote}` : OPENED[kind!];
  return { at: open.range![0], message: `the ${what} that begins here is never closed` };
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
