/** Runs the tests for scripts/test: one process for each file, some more at once than there are cores. @module */
import { parseArgs } from "node:util";
import { join, resolve } from "node:path";
import { choose, type Job, type Kind } from "./choice.ts";
import { Display, type Screen, TICK } from "./display.ts";
import { runJob } from "./job.ts";
import { ownFolder } from "../../test/lab/leftovers.ts";

/** Milliseconds for one file: more is a test that hangs. */
const FILE_TIMEOUT = 30 * 60_000;

/** What each job has, as the types of all are checked before. */
const NO_CHECK = "--no-check";

export interface Run {
  readonly root: string;
  readonly kind: Kind;
  /** Files or folders, absolute; all that the kind has if there are none. */
  readonly paths: readonly string[];
  /** More for `deno test`; with `--no-check` types are not checked before, either. */
  readonly flags?: readonly string[];
  /** Files at once. */
  readonly jobs: number;
  readonly timeout?: number;
}

/** @returns What is wrong, if anything is. */
async function typeErrors({ root, paths, flags = [] }: Run): Promise<string> {
  if (flags.includes(NO_CHECK)) return "";
  const args = ["check", "--quiet", ...(paths.length > 0 ? paths : ["."])];
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: root }).output();
  return code === 0 ? "" : new TextDecoder().decode(stderr);
}

async function runAll(jobs: readonly Job[], display: Display, run: Run): Promise<void> {
  const { root, timeout = FILE_TIMEOUT } = run;
  const flags = run.flags?.filter((flag) => flag !== NO_CHECK) ?? [];
  const folder = await ownFolder();
  const ticking = setInterval(() => display.tick(), TICK);
  const waiting = [...jobs];
  const lane = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      display.started(job.name);
      display.ended(await runJob(job, { root, folder, flags, timeout }));
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
  const jobs = await choose(run.root, run.kind, run.paths);
  screen.write(`test: checking types, then ${jobs.length} files, ${run.jobs} at a time\n`);
  const wrong = await typeErrors(run);
  if (wrong !== "") {
    screen.write(wrong);
    return "0 passed, 1 failed";
  }
  const display = new Display(screen, jobs.length);
  await runAll(jobs, display, run);
  display.summary();
  const sum = (of: "passed" | "failed") =>
    display.finished.reduce((total, { outcome }) => total + outcome[of], 0);
  return `${sum("passed")} passed, ${sum("failed")} failed`;
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

/** What is no option of ours is one of `deno test`. */
function parse(args: readonly string[]) {
  const { values, tokens } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: { kind: { type: "string" }, note: { type: "string", multiple: true } },
  });
  const own = ["kind", "note"];
  const flags = tokens.flatMap((token) =>
    token.kind === "option" && !own.includes(token.name)
      ? [token.value === undefined ? token.rawName : `${token.rawName}=${token.value}`]
      : []
  );
  const paths = tokens.flatMap((token) => token.kind === "positional" ? [token.value] : []);
  return { kind: values.kind as Kind, notes: values.note as string[] | undefined, flags, paths };
}

if (import.meta.main) {
  const { kind, notes = [], flags, paths } = parse(Deno.args);
  const run: Run = {
    root: join(import.meta.dirname!, "..", ".."),
    kind,
    flags,
    paths: paths.map((path) => resolve(path)),
    jobs: Number(Deno.env.get("DENO_JOBS")) || defaultJobs(),
  };
  const last = await runTests(run, terminal()).catch((error: Error) => {
    console.error(`test: ${error.message}`);
    return "0 passed, 1 failed";
  });
  for (const note of notes) console.log(`test: ${note}`);
  console.log(last);
  Deno.exit(last.endsWith(" 0 failed") ? 0 : 1);
}
