/** The processes of a session, which is what a job runs in: setsid(2). @module */
import { setTimeout as pause } from "node:timers/promises";

export interface Process {
  readonly pid: number;
  readonly command: string;
}

/** Milliseconds between two looks at a session. */
const POLL = 50;
/** Of `/proc/PID/stat`, the fields behind the name, which may hold anything: proc(5). */
const STAT = /\) (?<state>\S) \S+ \S+ (?<session>\d+) [^)]*$/;
/** States of a process that has ended. Its parent may wait for it late. */
const ENDED = /[ZX]/;

/** The text of a file of `/proc`, which is gone with its process. */
function read(path: string): Promise<string> {
  return Deno.readTextFile(path).catch(() => "");
}

async function processAt(pid: string, session: number): Promise<Process[]> {
  const stat = STAT.exec(await read(`/proc/${pid}/stat`))?.groups;
  if (Number(stat?.session) !== session || ENDED.test(stat!.state!)) return [];
  const command = (await read(`/proc/${pid}/cmdline`)).replaceAll("\0", " ").trim();
  return [{ pid: Number(pid), command }];
}

export async function processesOf(session: number): Promise<Process[]> {
  const names = await Array.fromAsync(Deno.readDir("/proc"), ({ name }) => name);
  const pids = names.filter((name) => /^\d+$/.test(name));
  return (await Promise.all(pids.map((pid) => processAt(pid, session)))).flat();
}

function kill({ pid }: Process): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Kills what is left of a session whose first process has ended.
 *
 * @param grace Milliseconds for processes that the kernel ends with their parent, or that are about to end.
 * @returns What had to be killed.
 */
export async function endSession(session: number, grace: number): Promise<Process[]> {
  const remaining = async (look: (left: readonly Process[]) => void) => {
    const end = performance.now() + grace;
    let left = await processesOf(session);
    while (left.length > 0 && performance.now() < end) {
      look(left);
      await pause(POLL);
      left = await processesOf(session);
    }
    return left;
  };
  const left = await remaining(() => {});
  if (left.length > 0) await remaining((still) => still.forEach(kill));
  return left;
}
