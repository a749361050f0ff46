/** Runs one job in a process of its own. @module */
import { join } from "node:path";
import type { Job } from "./choice.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

export interface JobOptions {
  readonly root: string;
  /** Where the reports are written. */
  readonly folder: string;
  /** More for `deno test`. */
  readonly flags: readonly string[];
  /** Milliseconds, after which a job is taken to hang. */
  readonly timeout: number;
}

export interface Finished {
  readonly job: Job;
  readonly outcome: Outcome;
  /** stdout and stderr, as they came. */
  readonly output: string;
  readonly milliseconds: number;
}

/** It dies with this process, also when that is killed, and what it started with it. */
function start(job: Job, junit: string, { root, flags }: JobOptions): Deno.ChildProcess {
  const own = ["test", "-A", `--junit-path=${junit}`, ...flags, ...job.args];
  return new Deno.Command("setpriv", {
    args: ["--pdeathsig", "KILL", Deno.execPath(), ...own],
    cwd: root,
    env: { NO_COLOR: "1" },
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

export async function runJob(job: Job, options: JobOptions): Promise<Finished> {
  const begin = performance.now();
  const junit = join(options.folder, `${job.name.replaceAll("/", "_")}.xml`);
  const child = start(job, junit, options);
  let hangs = "";
  const timer = setTimeout(() => {
    hangs = `\n FAILURES \n\n${job.name}: not within ${options.timeout / 1000} s\n`;
    child.kill("SIGKILL");
  }, options.timeout);
  const [output, { code }] = await Promise.all([textOf(child), child.status]);
  clearTimeout(timer);
  const report = await Deno.readTextFile(junit).catch(() => undefined);
  const ended = { junit: report, output: output + hangs, code };
  return {
    job,
    outcome: outcomeOf(ended),
    output: ended.output,
    milliseconds: performance.now() - begin,
  };
}
