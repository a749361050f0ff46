/**
 * Every limit of Sluice, in one table. Code uses the numbers (`LIMITS`), `docs/limits.md` is made of the rows.
 * @module
 */

/** One limit: what it is about, how much is allowed, and what happens beyond it. */
export interface Limit {
  readonly of: string;
  readonly most: number;
  readonly unit: "bytes" | "characters" | "ms" | "pieces";
  /** What Sluice does if there is more. A sentence without a period. */
  readonly beyond: string;
}

export const LIMIT_ROWS = {
  // Hardly any manifest is larger, and parsing a file takes many times its size in memory.
  manifestFile: {
    of: "one manifest file",
    most: 4 * 1024 * 1024,
    unit: "bytes",
    beyond: "the file is refused, and its last good state stays in effect",
  },
  // A few lines of aliases can expand to billions of nodes.
  yamlAliases: {
    of: "values that the aliases of one YAML document stand for",
    most: 100_000,
    unit: "pieces",
    beyond: "the file is refused, and its last good state stays in effect",
  },
  // The parser is recursive, and for some collections takes several calls.
  yamlNesting: {
    of: "levels of nesting in one YAML document",
    most: 200,
    unit: "pieces",
    beyond: "the file is refused, and its last good state stays in effect",
  },
  // Timers have 31 bits: a longer time would be none at all.
  silence: {
    of: "--silence",
    most: 24 * 60 * 60 * 1000,
    unit: "ms",
    beyond: "the setting is refused",
  },
  foreignText: {
    of: "one text of somebody else in a message, e.g. the value of an annotation",
    most: 200,
    unit: "characters",
    beyond: "the text is cut, and its length is shown",
  },
} as const satisfies Readonly<Record<string, Limit>>;

/** The numbers of the limits, in the unit that the row says. */
export const LIMITS = Object.fromEntries(
  Object.entries(LIMIT_ROWS).map(([name, { most }]) => [name, most]),
) as { readonly [Name in keyof typeof LIMIT_ROWS]: number };
