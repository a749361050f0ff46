/** What a limit is. @module */

/** One limit: what it is about, how much is allowed, and what happens beyond it. */
export interface Limit {
  readonly of: string;
  readonly most: number;
  readonly unit: "bytes" | "characters" | "ms" | "pieces";
  /** What Sluice does if there is more. A sentence without a period. */
  readonly beyond: string;
}
