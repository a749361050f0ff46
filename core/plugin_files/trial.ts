/**
 * Plugin files are first loaded in a process of their own, which runs the conformance suite: whatever they do there,
 * hang, end the process or eat the memory, the agent goes on. This is the child's side. @module
 */
import { delay } from "../base/backoff.ts";
import { contractProblems, nameOf } from "./contracts.ts";
import { moduleURL } from "./folder.ts";
import { isProblems, loadModule } from "./module.ts";

/** What the trial of one file shows. */
export interface Verdict {
  readonly file: string;
  readonly type?: string;
  readonly name?: string;
  readonly version?: string;
  /** One line each; none if the plugin may be used. */
  readonly problems: readonly string[];
}

/** What the child writes, one JSON text in a line behind the token: plugins may write what they like. */
export type TrialMessage = { readonly begin: string } | { readonly verdict: Verdict };

/** Loads and examines files one by one, up to the first that cannot be imported. Nothing else runs in this process. */
export async function runTrial(files: readonly string[], token: string): Promise<void> {
  for (const file of files) {
    say(token, { begin: file });
    const verdict = await examine(file);
    await delay(0); // what it left to fail later fails now
    say(token, { verdict });
    if (verdict.type === undefined) return; // a failed import may spoil later ones: another process goes on
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
