/** Which regular expressions the API server can read: those of RE2, https://github.com/google/re2/wiki/Syntax. @module */

/** Syntax that JavaScript has and RE2 does not: look-around, named groups, references, some escapes, `[^]` and `[]`. */
const ONLY_JAVASCRIPT = /\(\?[=!<]|\\[0-9ckuB]|\[\^?\]|\[\\b/;
/** The largest count of repetitions that RE2 takes. */
const MOST_REPETITIONS = 1000;

/** @returns Whether RE2 can surely read the pattern. It may be false for a pattern that RE2 could read. */
export function isRE2(pattern: string): boolean {
  const counts = [...pattern.matchAll(/\{(\d+),?(\d*)\}/g)].flatMap(([, least, most]) => [
    Number(least),
    Number(most),
  ]);
  return !ONLY_JAVASCRIPT.test(pattern) && counts.every((count) => count <= MOST_REPETITIONS);
}
