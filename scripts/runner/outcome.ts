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
  /** What the runner itself found wrong. Each counts as a failure. */
  readonly faults: readonly string[];
}

const NO_REPORT = "it wrote no report of its tests";
const NO_TEST = "it has no test, or it ended before its tests";

function attribute(junit: string, name: string): number | undefined {
  const value = junit.match(new RegExp(`<testsuites [^>]*\\b${name}="(\\d+)"`))?.[1];
  return value === undefined ? undefined : Number(value);
}

/** The names under `FAILURES`, where Deno repeats them with their places. */
function failureNames(output: string): string[] {
  const [, list = ""] = output.split("\n FAILURES \n\n");
  return list.split("\n\n")[0]!.split("\n").filter(Boolean);
}

/** Why a process that says that all is well has shown nothing. Deno reports also tests that a filter leaves out. */
function silence({ junit = "", code }: Ended): string[] {
  const tests = attribute(junit, "tests");
  if (code !== 0 || tests) return [];
  return [tests === undefined ? NO_REPORT : NO_TEST];
}

/** Tests that a filter leaves out are in the report without a time. */
function isFilteredOut(testCase: string): boolean {
  return !/^<testcase [^>]*\btime="/.test(testCase);
}

export function outcomeOf(ended: Ended): Outcome {
  const { junit = "", output, code } = ended;
  const left = junit.match(/<testcase [^>]*>\s*<skipped\/>/g) ?? [];
  const skipped = left.filter((each) => !isFilteredOut(each)).length;
  const counted = (attribute(junit, "failures") ?? 0) + (attribute(junit, "errors") ?? 0);
  const faults = [...ended.faults, ...silence(ended)];
  const names = failureNames(output);
  // A module that throws before its tests is in no report.
  const told = code === 0 ? counted : Math.max(counted, names.length, faults.length > 0 ? 0 : 1);
  const passed = Math.max((attribute(junit, "tests") ?? 0) - left.length - counted, 0);
  return { passed, failed: told + faults.length, skipped, failures: [...names, ...faults] };
}

/** What a file printed, without the tests that passed or were skipped. */
export function failureText(output: string): string {
  const lines = output.split("\n").filter((line) => !/ \.\.\. (ok|ignored) \(/.test(line));
  return lines.join("\n").replace(/\n{3,}/g, "\n\n").trim();
}
