/**
 * Checks that keep a hostile or broken YAML text from taking the agent's time or memory. The time that a check takes is
 * proportional to the length of the text.
 * @module
 */
import { LIMITS } from "../base/limits.ts";
import { type Document, isCollection, isScalar, type Node, visit, type YAMLError } from "yaml";
import { AS_KUBECTL } from "./yaml_scalars.ts";
import type { TextError } from "./yaml_tree.ts";

/**
 * Options of the parser. The library's own check for equal keys, and its pretty errors, are off: their time grows with
 * the square of the number.
 */
export const PARSING = {
  ...AS_KUBECTL,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: "error",
} as const;

const BRACKETS = /[[\]{}]/g;
/** A line end or a word. Each match begins where the last one ended, so that no character is looked at twice. */
const LINE_END_OR_WORD = /\n|\S+/g;
/** What a word begins with that opens a collection or belongs to the next one: YAML 1.2.2 section 5.3. */
const INDICATOR = /^[-?:&!*]/;

/**
 * Whether collections may be nested too deep for the parser. Brackets in strings count, too: no real manifest has so many
 * of them open.
 */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(BRACKETS)) {
    depth = bracket === "[" || bracket === "{" ? depth + 1 : Math.max(0, depth - 1);
    if (depth > LIMITS.yamlNesting) return true;
  }
  return isStaircase(text);
}

/**
 * Whether too many collections stand within each other by their columns: at the beginning of a line, or one after another
 * as in `- - -` (YAML 1.2.2 section 8.2.1).
 */
function isStaircase(text: string): boolean {
  const open: number[] = [];
  let [line, end, indicators] = [0, 0, 0];
  for (const { 0: word, index } of text.matchAll(LINE_END_OR_WORD)) {
    if (word === "\n") [line, end, indicators] = [index + 1, index + 1, 0];
    else {
      if (end === line || indicators > 0) {
        while (open.length > 0 && open.at(-1)! >= index - line) open.pop();
        if (open.push(index - line) > LIMITS.yamlNesting) return true;
      }
      indicators = INDICATOR.test(word) ? indicators + 1 : 0;
      end = index + word.length;
    }
  }
  return false;
}

/** Messages of the parser, at the end of the text, about a quote or bracket that is still open. */
const OPEN_QUOTE = /^Missing closing (["'])quote/;
const OPEN_BRACKET = /^Flow (map|sequence) .*must .*end with/;
const OPENED: Readonly<Record<string, string>> = {
  map: "flow map {",
  sequence: "flow sequence [",
};

/**
 * An error about a quote or bracket that is never closed, at the place where it begins: that is the place to correct. The
 * parser's own error is at the end of the text. Nothing for other errors.
 */
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
