/** What became of one job: its counts by the report in JUnit's form, its failures by what it printed. @module */

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Each with the place of its test. */
  readonly failures: readonly string[];
}

/** What a process of `deno test` left. */
export interface Ended {
  /** Undefined where it wrote none: it did not come to its end. */
  readonly junit: string | undefined;
  readonly output: string;
  readonly code: number;
}

function attribute(junit: string, name: string): number {
  return Number(junit.match(new RegExp(`<testsuites [^>]*\\b${name}="(\\d+)"`))?.[1] ?? 0);
}

/** The names under `FAILURES`, where Deno repeats them with their places. */
function failureNames(output: string): string[] {
  const [, list = ""] = output.split("\n FAILURES \n\n");
  return list.split("\n\n")[0]!.split("\n").filter(Boolean);
}

export function outcomeOf({ junit = "", output, code }: Ended): Outcome {
  const skipped = junit.match(/<skipped\/>/g)?.length ?? 0;
  const counted = attribute(junit, "failures") + attribute(junit, "errors");
  const failures = failureNames(output);
  // A module that throws before its tests is in no report.
  const failed = code === 0 ? counted : Math.max(counted, failures.length, 1);
  const passed = Math.max(attribute(junit, "tests") - skipped - counted, 0);
  return { passed, failed, skipped, failures };
}

/** What a file printed, without the tests that passed or were skipped. */
export function failureText(output: string): string {
  const lines = output.split("\n").filter((line) => !/ \.\.\. (ok|ignored) \(/.test(line));
  return lines.join("\n").replace(/\n{3,}/g, "\n\n").trim();
}
