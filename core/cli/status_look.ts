/** How the text of `sluice status` looks. @module */
import type { Colours } from "./colour.ts";

export interface Look {
  /** Characters of a line of a table; absent: as many as it takes. */
  readonly width?: number | undefined;
  readonly colours: Colours;
}

const PAINTS = { problem: "bad", warning: "doubtful", planned: "quiet" } as const;

/** What begins the line of a condition. */
export function severityWord(severity: keyof typeof PAINTS, colours: Colours): string {
  return colours[PAINTS[severity]](severity);
}
