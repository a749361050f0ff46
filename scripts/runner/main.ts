/** Runs the tests for scripts/test: one process for each file, some more at once than there are cores. @module */
import { parseArgs } from "node:util";
import { join, resolve } from "node:path";
import { choose, type Job, jobsOn, type Kind, matrixJobs } from "./choice.ts";
import { Display, type Screen, TICK } from "./display.ts";
import { runJob } from "./job.ts";
import { findOpenVSwitch, type OpenVSwitch } from "./open_vswitch.ts";
import { ownFolder } from "../../test/lab/leftovers.ts";

/** Milliseconds for one file: more is a test that hangs. */
const FILE_TIMEOUT = 30 * 60_000;

/** Milliseconds for the processes that a file leaves, which the kernel ends with it. */
const GRACE = 5000;

/** The last line of a run that shows nothing. */
const NOTHING_RUN = "0 passed, 1 failed";

/** What each job has, as the types of all are checked before. */
const NO_CHECK = "--no-check";

export interface Run {
  readonly root: string;
  readonly kind: Kind;
  /** Files or folders, absolute; all that the kind has if there are none. */
  readonly paths: readonly string[];
  /** More for `deno test`; with `--no-check` types are not checked before, either. */
  readonly flags?: readonly string[];
  /** On which all of it runs; the system's if absent. */
  readonly ovs?: OpenVSwitch;
  /** On which a part of it runs once more. */
  readonly matrix?: readonly OpenVSwitch[];
  /** Files at once. */
  readonly jobs: number;
  readonly timeout?: number;
  readonly grace?: number;
}

/** @returns What is wrong, if anything is. */
async function typeErrors({ root, paths, flags = [] }: Run): Promise<string> {
  if (flags.includes(NO_CHECK)) return "";
  const args = ["check", "--quiet", ...(paths.length > 0 ? paths : ["."])];
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: root }).output();
  return code === 0 ? "" : new TextDecoder().decode(stderr);
}

async function jobsOf({ root, kind, paths, ovs, matrix = [] }: Run): Promise<readonly Job[]> {
  const chosen = await choose(root, kind, paths);
  // Suites with packets come first.
  return [...matrixJobs(matrix), ...(ovs ? jobsOn(ovs, chosen) : chosen)];
}

async function runAll(jobs: readonly Job[], display: Display, run: Run): Promise<void> {
  const { root, timeout = FILE_TIMEOUT, grace = GRACE } = run;
  const flags = run.flags?.filter((flag) => flag !== NO_CHECK) ?? [];
  const folder = await ownFolder();
  const ticking = setInterval(() => display.tick(), TICK);
  const waiting = [...jobs];
  const lane = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      display.started(job.name);
      display.ended(await runJob(job, { root, folder, flags, timeout, grace }));
    }
  };
  try {
    await Promise.all(Array.from({ length: run.jobs }, lane));
  } finally {
    clearInterval(ticking);
    await Deno.remove(folder, { recursive: true });
  }
}

/** @returns The last line: `N passed, N failed`. */
export async function runTests(run: Run, screen: Screen): Promise<string> {
  const jobs = await jobsOf(run);
  for (const { version } of [...(run.ovs ? [run.ovs] : []), ...run.matrix ?? []]) {
    screen.write(`test: Open vSwitch ${version} runs, as its ovs-vswitchd says\n`);
  }
  screen.write(`test: checking types, then ${jobs.length} files, ${run.jobs} at a time\n`);
  const wrong = await typeErrors(run);
  if (wrong !== "") {
    screen.write(wrong);
    return NOTHING_RUN;
  }
  const display = new Display(screen, jobs.length);
  await runAll(jobs, display, run);
  display.summary();
  const sum = (of: "passed" | "failed" | "skipped") =>
    display.finished.reduce((total, { outcome }) => total + outcome[of], 0);
  const [passed, failed] = [sum("passed"), sum("failed")];
  if (passed + failed + sum("skipped") > 0) return `${passed} passed, ${failed} failed`;
  screen.write("test: FAILED: there is no test in what was chosen\n");
  return NOTHING_RUN;
}

function terminal(): Screen {
  const columns = Deno.stdout.isTerminal() ? Deno.consoleSize().columns : undefined;
  const encoder = new TextEncoder();
  return { columns, write: (text) => void Deno.stdout.writeSync(encoder.encode(text)) };
}

/** Three files for two cores: most of them wait for a part of their time. */
function defaultJobs(): number {
  return Math.ceil(navigator.hardwareConcurrency * 1.5);
}

/** Options of this program. */
const OPTIONS = {
  "kind": { type: "string" },
  "note": { type: "string", multiple: true },
  "ovs-version": { type: "string" },
  "matrix": { type: "string", multiple: true },
} as const;

/** What is no option of ours is one of `deno test`. */
function parse(args: readonly string[]) {
  const { values, tokens } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: OPTIONS,
  });
  const flags = tokens.flatMap((token) =>
    token.kind === "option" && !Object.hasOwn(OPTIONS, token.name)
      ? [token.value === undefined ? token.rawName : `${token.rawName}=${token.value}`]
      : []
  );
  const paths = tokens.flatMap((token) => token.kind === "positional" ? [token.value] : []);
  return {
    kind: values.kind as Kind,
    notes: values.note as string[] | undefined,
    version: values["ovs-version"] as string | undefined,
    matrix: values.matrix as string[] | undefined,
    flags,
    paths,
  };
}

async function runParsed(parsed: ReturnType<typeof parse>): Promise<string> {
  const { kind, flags, paths, version, matrix = [] } = parsed;
  const run: Run = {
    root: join(import.meta.dirname!, "..", ".."),
    kind,
    flags,
    paths: paths.map((path) => resolve(path)),
    jobs: Number(Deno.env.get("DENO_JOBS")) || defaultJobs(),
    ...(version !== undefined && { ovs: await findOpenVSwitch(version) }),
    matrix: await Promise.all(matrix.map(findOpenVSwitch)),
  };
  return await runTests(run, terminal());
}

if (import.meta.main) {
  const parsed = parse(Deno.args);
  const last = await runParsed(parsed).catch((error: Error) => {
    console.error(`test: ${error.message}`);
    return NOTHING_RUN;
  });
  for (const note of parsed.notes ?? []) console.log(`test: ${note}`);
  console.log(last);
  Deno.exit(last.endsWith(" 0 failed") ? 0 : 1);
}
