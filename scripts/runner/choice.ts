/** Which tests a run has: the rules that `scripts/test --help` states. @module */
import { join, relative } from "node:path";
import type { OpenVSwitch } from "./open_vswitch.ts";

/** What one process of `deno test` runs. */
export interface Job {
  readonly name: string;
  /** Of `deno test`. */
  readonly args: readonly string[];
  /** More variables of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export type Kind = "all" | "quick" | "long";

/** Tests that take long, each in a run of its own. */
const LONG = /^test\/long\//;
/** Folders of `test/` with suites that need nothing built and take less than half a minute each. */
const QUICK_FOLDERS = [
  "antrea",
  "doctor",
  "filters",
  "hostile",
  "lifecycle",
  "limits",
  "memory",
  "refusals",
];
/** Beside the code, in `test/` itself, or in one of those folders. */
const QUICK = new RegExp(`^(?!test/)|^test/((${QUICK_FOLDERS.join("|")})/)?[^/]+$`);

const RULES: Readonly<Record<Kind, (file: string) => boolean>> = {
  all: (file) => !LONG.test(file),
  quick: (file) => QUICK.test(file),
  long: (file) => LONG.test(file),
};

/** Suites that CI runs on other versions of Open vSwitch, too: all that is common to switches, in less than a minute. */
const MATRIX = ["test/mirror_test.ts", "test/redirect_test.ts"];

/** In no folder of these are tests: what is built, what Git keeps, what coverage was measured. */
const NO_SOURCES = /^(\..*|dist|coverage|node_modules)$/;
const TEST = /_test\.ts$/;

/** All test files below a folder, or the file itself, relative to the root. */
async function testFiles(root: string, path: string): Promise<string[]> {
  const { isDirectory } = await Deno.stat(path).catch((cause) => {
    throw new Error(`Cannot read the tests in "${path}": there is no such file`, { cause });
  });
  if (!isDirectory) return [relative(root, path)];
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    const inner = join(path, name);
    if (isDirectory && !NO_SOURCES.test(name)) found.push(...await testFiles(root, inner));
    else if (TEST.test(name)) found.push(relative(root, inner));
  }
  return found;
}

/** The only job that checks types: those of the test files are checked once, before all jobs. */
const EXAMPLES: Job = {
  name: "examples in comments and pages",
  args: ["--doc", "--ignore=**/*_test.ts", "."],
};
const jobOf = (file: string): Job => ({ name: file, args: ["--no-check", file] });

/** Suites with packets take longest and come first: at the end no core has nothing to do. */
function order(one: string, other: string): number {
  const isSuite = (file: string) => file.startsWith("test/");
  return Number(isSuite(other)) - Number(isSuite(one)) || one.localeCompare(other, "en");
}

/**
 * @param root The project's folder.
 * @param paths Files or folders; if there are none, what the kind of run has.
 */
export async function choose(
  root: string,
  kind: Kind,
  paths: readonly string[],
): Promise<readonly Job[]> {
  const all = paths.length > 0
    ? (await Promise.all(paths.map((path) => testFiles(root, path)))).flat()
    : (await testFiles(root, root)).filter(RULES[kind]);
  const jobs = [...new Set(all)].sort(order).map(jobOf);
  const hasExamples = paths.length === 0 && kind !== "long";
  return hasExamples ? [...jobs, EXAMPLES] : jobs;
}

/** The jobs on another Open vSwitch, which their names say. */
export function jobsOn(ovs: OpenVSwitch, jobs: readonly Job[]): readonly Job[] {
  return jobs.map((job) => ({
    ...job,
    name: `${job.name} on Open vSwitch ${ovs.version}`,
    env: ovs.env,
  }));
}

/** What runs on each of these once more. */
export function matrixJobs(switches: readonly OpenVSwitch[]): readonly Job[] {
  return switches.flatMap((ovs) => jobsOn(ovs, MATRIX.map(jobOf)));
}
