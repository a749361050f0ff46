/** Runs the trial of plugin files in a child process, with a time limit for each file. @module */
import { LIMITS } from "../base/limits.ts";
import { SluiceError } from "../base/errors.ts";
import { after } from "../base/timer.ts";
import type { TrialMessage, Verdict } from "./trial.ts";

/** Tries plugin files. The verdicts are in the order of the files. */
export type TryFiles = (files: readonly string[]) => Promise<Verdict[]>;

export interface TrialOptions {
  /** The program and its arguments, behind which `TOKEN FILE...` is added. */
  readonly command: readonly string[];
  /** Milliseconds for one file. */
  readonly fileTimeout?: number;
}

/**
 * Tries files in child processes. If a file ends the child or makes it hang, another child tries the files behind it.
 */
export function trialOf(options: TrialOptions): TryFiles {
  return async (files) => {
    const verdicts: Verdict[] = [];
    while (verdicts.length < files.length) {
      verdicts.push(...await tryInChild(files.slice(verdicts.length), options));
    }
    return verdicts;
  };
}

/**
 * @returns Verdicts on the files up to and with the first one that hangs or ends the process.
 * @throws {SluiceError} If the child ends before it begins with a file.
 */
async function tryInChild(files: readonly string[], options: TrialOptions): Promise<Verdict[]> {
  const [program, ...args] = options.command;
  const token = crypto.randomUUID();
  const child = new Deno.Command(program!, {
    args: [...args, token, ...files],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  }).spawn();
  const stderr = new Response(child.stderr).text();
  const { text, killed } = await watch(child, token, options.fileTimeout ?? LIMITS.pluginFile);
  const said = lastLine(await stderr);
  const { verdicts, begun } = read(text, token);
  if (begun !== undefined) {
    const problem = killed ?? `ends the process that loads it${said && `: ${said}`}`;
    return [...verdicts, { file: begun, problems: [problem] }];
  }
  if (verdicts.length > 0) return verdicts;
  throw new SluiceError(
    `Cannot try plugins: the process that loads them ended${said && `: ${said}`}`,
  );
}

/** Reads what the child writes. Kills the child if it sends no message for too long, or writes too much. */
async function watch(child: Deno.ChildProcess, token: string, fileTimeout: number) {
  let killed: string | undefined;
  const kill = (reason: string) => {
    killed = reason;
    child.kill("SIGKILL");
  };
  const hangs = `hangs: not loaded and examined within ${fileTimeout / 1000} s`;
  let timer = after(LIMITS.pluginStart, () => kill(hangs));
  let text = "";
  let unread = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.length > LIMITS.pluginOutput && killed === undefined) kill("writes without end");
    // Only in what is new: to search all of a long text for each chunk takes longer than one file may take.
    const fresh = unread + chunk;
    unread = fresh.slice(1 - token.length);
    if (!fresh.includes(token)) continue;
    timer.stop();
    timer = after(fileTimeout, () => kill(hangs));
  }
  await child.status;
  timer.stop();
  return { text, killed };
}

/** @returns The verdicts, and the file that the child began with but gave no verdict on. */
function read(text: string, token: string): { verdicts: Verdict[]; begun?: string } {
  const messages = text.split("\n").filter((line) => line.startsWith(token))
    .map((line): TrialMessage => JSON.parse(line.slice(token.length)));
  const verdicts = messages.flatMap((message) => "verdict" in message ? [message.verdict] : []);
  const last = messages.at(-1);
  return { verdicts, ...(last && "begin" in last && { begun: last.begin }) };
}

/** The error message of a process that ended, without its stack trace. */
function lastLine(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line !== "" && !/^\s+at /.test(line));
  return lines.find((line) => line.startsWith("error:"))?.replace(/^error: /, "") ?? lines.at(-1) ??
    "";
}
