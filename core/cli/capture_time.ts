/** The time that `sluice capture --duration` is given. @module */
import { foreign } from "../base/foreign_text.ts";
import { TerminalError } from "../base/errors.ts";

/** Milliseconds. */
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds. The agent knows how long it may be. @throws {TerminalError} If it is no time. */
export function captureTime(text: string): number {
  const { amount, unit } = /^(?<amount>\d+)(?<unit>ms|s|m|h)$/.exec(text)?.groups ?? {};
  const time = Number(amount) * (UNITS[unit ?? ""] ?? NaN);
  if (time > 0) return time;
  throw new TerminalError(`Cannot capture for ${foreign(text)}: not a time like 30s, 10m or 1h`);
}
