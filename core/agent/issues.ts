/** The issues of sources and objects, as lines for people. Pure. @module */
import { harmless } from "../base/foreign_text.ts";
import { LIMITS } from "../base/limits.ts";
import type { Source } from "../contracts/mod.ts";

/** What sources cannot read or write: a line each. */
export function sourceIssues(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => source.issues?.() ?? []).map(({ file, line, message }) =>
    [line === undefined ? file : `${file}:${line}`, message].join(": ")
  );
}

/** The lines as they are shown: each harmless and not too long, and not too many of them. */
export function shownIssues(lines: readonly string[]): string[] {
  const shown = lines.slice(0, LIMITS.issues).map((line) => harmless(line, LIMITS.issueText));
  const more = lines.length - shown.length;
  return more === 0 ? shown : [...shown, `and ${more} more`];
}
