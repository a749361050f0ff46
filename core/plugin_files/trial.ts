/**
 * The child process in which plugin files are loaded first, and examined by the conformance suite. If a file hangs, ends
 * its process or uses up the memory, the agent itself goes on. @module
 */
import { delay } from "../base/timer.ts";
import { contractProblems, nameOf } from "./contracts.ts";
import { moduleURL } from "./folder.ts";
import { isProblems, loadModule } from "./module.ts";

/** The result of the trial of one file. */
export interface Verdict {
  readonly file: string;
  readonly type?: string;
  readonly name?: string;
  readonly version?: string;
  /** One line for each problem; none if the plugin may be used. */
  readonly problems: readonly string[];
}

/** A message of the child: a line of the token and JSON. The token distinguishes it from lines that a plugin writes. */
export type TrialMessage = { readonly begin: string } | { readonly verdict: Verdict };

/** Loads and examines files one by one, up to the first that cannot be loaded. It must have the process to itself. */
export async function runTrial(files: readonly string[], token: string): Promise<void> {
  for (const file of files) {
    say(token, { begin: file });
    const verdict = await examine(file);
    await delay(0); // Timers and promises that the file left behind run now, and may fail
    say(token, { verdict });
    if (verdict.type === undefined) return; // A failed import may spoil later ones: another process must go on
  }
}

function say(token: string, message: TrialMessage): void {
  const line = new TextEncoder().encode(`\n${token}${JSON.stringify(message)}\n`);
  for (let written = 0; written < line.length;) {
    written += Deno.stdout.writeSync(line.subarray(written));
  }
}

async function examine(file: string): Promise<Verdict> {
  const loaded = await loadModule(moduleURL(file, 0));
  if (isProblems(loaded)) return { file, problems: loaded };
  const { typed, version } = loaded;
  return {
    file,
    type: typed.type,
    name: nameOf(typed),
    ...(version !== undefined && { version }),
    problems: contractProblems(typed),
  };
}
