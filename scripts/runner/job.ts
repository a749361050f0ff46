/** Runs one job in a process of its own. @module */
import { join } from "node:path";
import type { Job } from "./choice.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { endSession } from "./session.ts";

export interface JobOptions {
  readonly root: string;
  /** Where the reports are written. */
  readonly folder: string;
  /** More for `deno test`. */
  readonly flags: readonly string[];
  /** Milliseconds, after which a job is taken to hang. */
  readonly timeout: number;
  /** Milliseconds for what a job has started: it ends with the job, or shortly after. */
  readonly grace: number;
}

export interface Finished {
  readonly job: Job;
  readonly outcome: Outcome;
  /** stdout and stderr, as they came. */
  readonly output: string;
  readonly milliseconds: number;
}

/** It dies with this process, also when that is killed. What it starts is in a session with it. */
function start(job: Job, junit: string, { root, flags }: JobOptions): Deno.ChildProcess {
  const own = ["test", "-A", `--junit-path=${junit}`, ...flags, ...job.args];
  return new Deno.Command("setpriv", {
    args: ["--pdeathsig", "KILL", "setsid", Deno.execPath(), ...own],
    cwd: root,
    env: { ...job.env, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function textOf(child: Deno.ChildProcess): Promise<string> {
  let text = "";
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) text += part;
  };
  await Promise.all([read(child.stdout), read(child.stderr)]);
  return text;
}

/** Kills what a process has left in its session. */
async function endLeft(child: Deno.ChildProcess, grace: number): Promise<string[]> {
  const left = await endSession(child.pid, grace);
  return left.map(({ pid, command }) => `it left a process, which was killed: ${pid} ${command}`);
}

export async function runJob(job: Job, options: JobOptions): Promise<Finished> {
  const begin = performance.now();
  const junit = join(options.folder, `${job.name.replaceAll("/", "_")}.xml`);
  const child = start(job, junit, options);
  const faults: string[] = [];
  const timer = setTimeout(() => {
    faults.push(`not within ${options.timeout / 1000} s`);
    child.kill("SIGKILL");
  }, options.timeout);
  const text = textOf(child);
  const { code } = await child.status;
  clearTimeout(timer);
  // What is left may hold the outputs open.
  faults.push(...await endLeft(child, options.grace));
  const output = await text;
  const report = await Deno.readTextFile(junit).catch(() => undefined);
  const outcome = outcomeOf({ junit: report, output, code, faults });
  return { job, outcome, output, milliseconds: performance.now() - begin };
}
