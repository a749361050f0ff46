/** The trial of plugin files, from the agent's side: a child process with a time limit for each file. @module */
import { SluiceError } from "../base/errors.ts";
import type { TrialMessage, Verdict } from "./trial.ts";

/** Milliseconds for one file: to load and to pass the conformance suite. */
const FILE_TIMEOUT = 5000;
/** The same for the process itself to start. */
const START_TIMEOUT = 30_000;
/** Characters that all files together may write. */
const MOST_OUTPUT = 10_000_000;

/** Tries plugin files; the verdicts are in their order. */
export type TryFiles = (files: readonly string[]) => Promise<Verdict[]>;

export interface TrialOptions {
  /** Program and arguments to which `TOKEN FILE...` is added. */
  readonly command: readonly string[];
  /** Milliseconds for one file. */
  readonly fileTimeout?: number;
}

/** A file that ends or hangs the child costs itself the verdict; another child goes on behind it. */
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
 * @returns Verdicts on the files up to the first that hangs or ends the process, that one included.
 * @throws {SluiceError} If the child does not get as far as a file.
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
  const { text, killed } = await watch(child, token, options.fileTimeout ?? FILE_TIMEOUT);
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

/** All that the child writes; it is killed when it says nothing for too long, or too much. */
async function watch(child: Deno.ChildProcess, token: string, fileTimeout: number) {
  let killed: string | undefined;
  const kill = (reason: string) => {
    killed = reason;
    child.kill("SIGKILL");
  };
  const hangs = `hangs: not loaded and examined within ${fileTimeout / 1000} s`;
  let timer = setTimeout(kill, START_TIMEOUT, hangs);
  let text = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    const before = text.lastIndexOf(token);
    text += chunk;
    if (text.length > MOST_OUTPUT && killed === undefined) kill("writes without end");
    if (text.lastIndexOf(token) === before) continue;
    clearTimeout(timer);
    timer = setTimeout(kill, fileTimeout, hangs);
  }
  await child.status;
  clearTimeout(timer);
  return { text, killed };
}

/** @returns Verdicts, and the file that has none although it was begun. */
function read(text: string, token: string): { verdicts: Verdict[]; begun?: string } {
  const messages = text.split("\n").filter((line) => line.startsWith(token))
    .map((line): TrialMessage => JSON.parse(line.slice(token.length)));
  const verdicts = messages.flatMap((message) => "verdict" in message ? [message.verdict] : []);
  const last = messages.at(-1);
  return { verdicts, ...(last && "begin" in last && { begun: last.begin }) };
}

/** What a dying process said, without the places in its own code. */
function lastLine(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line !== "" && !/^\s+at /.test(line));
  return lines.find((line) => line.startsWith("error:"))?.replace(/^error: /, "") ?? lines.at(-1) ??
    "";
}
