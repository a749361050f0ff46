/** What a row of the bench is, and what it comes to. @module */

/** What one row has measured. All numbers are of the row's unit. */
export interface Measured {
  /** What Sluice took, each time. */
  readonly ours: readonly number[];
  /** What the peer tool took for the same, alternating with Sluice in the same run; absent if there is no peer. */
  readonly peer?: readonly number[];
  /** The most that the median of `ours` may be. */
  readonly goal: number;
}

/** The median of a row as one point of a line. */
export interface Point {
  /** Name of the plot. */
  readonly plot: "events" | "memory";
  /** Name of the line. */
  readonly line: string;
  readonly controls: number;
}

export interface Row {
  /** What is measured, as a line of the table says it. */
  readonly name: string;
  readonly unit: "ms" | "MB" | "% of a core";
  /** The program that does the same, and what its numbers are. */
  readonly peer?: string;
  /** The goal in words. */
  readonly goal: string;
  /** Where the row stands in a plot of several rows; absent if it is in none. */
  readonly point?: Point;
  /** Whether a program that it needs is not there, so that it cannot be measured. */
  readonly isSkipped?: boolean;
  /** @param runs How often each thing is measured. */
  measure(runs: number): Promise<Measured>;
}

/**
 * The number below which this part of the samples lies. As many lie below a part as above what is left of the whole: of
 * ten, the middle 80 % are without the lowest and the highest.
 *
 * @param part From 0 to 1.
 */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.round(part * (sorted.length - 1))]!;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** The part of the samples that lies below, and above, what is printed as their spread. */
export const SPREAD = 0.1;

function formatSamples(samples: readonly number[]): string {
  const [low, middle, high] = [SPREAD, 0.5, 1 - SPREAD].map((part) =>
    quantile(samples, part).toFixed(1)
  );
  return samples.length > 1 ? `${middle} (${low} to ${high})` : middle!;
}

/** Some lines: the medians with their spread, their ratio, and whether the goal is reached. */
export function formatMeasured(row: Row, { ours, peer, goal }: Measured): string {
  const lines = [row.name, `  Sluice  ${formatSamples(ours)} ${row.unit}`];
  if (peer) {
    const ratio = (median(ours) / median(peer)).toFixed(2);
    lines.push(`  peer    ${formatSamples(peer)} ${row.unit}: ${row.peer}; ratio ${ratio}`);
  }
  const isReached = median(ours) <= goal;
  return [...lines, `  goal    ${row.goal}: ${isReached ? "reached" : "not reached"}`].join("\n");
}
