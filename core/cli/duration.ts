/** Durations on the command line, as `500ms`, `2s` or `1m`. @module */
import { InvalidArgumentError } from "@commander-js/extra-typings";

/** Milliseconds of each unit. */
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** Milliseconds. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** @returns Milliseconds. @throws {InvalidArgumentError} If the text is no duration within the bounds. */
export function parseDuration(text: string, { least, most }: Bounds): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  const milliseconds = Number(number) * (UNITS[unit ?? ""] ?? NaN);
  if (milliseconds >= least && milliseconds <= most) return milliseconds;
  // As commander says it
  const message = `It must be like 500ms, 2s or 1m, from ${least}ms to ${most}ms.`;
  throw new InvalidArgumentError(message);
}
