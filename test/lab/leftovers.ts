/** What a killed run leaves behind: folders and namespaces that carry the id of a process which is no more. @module */
import { join } from "node:path";
import { run, tryRun } from "./run.ts";

/** Where `ip netns` keeps the namespaces that have names. */
const NAMESPACES = "/run/netns";
/** `environment.ts` takes TMPDIR away. */
const TEMPORARY = "/tmp";
/** State of a process, proc(5): behind its name, which may hold anything. */
const ENDED = /\) [ZX] [^)]*$/;
const OWNED = /^sl(\d+)x/;

/** A new folder. Its name is unique among all runs, and says which process to ask for. */
export function ownFolder(): Promise<string> {
  return Deno.makeTempDir({ prefix: `sl${Deno.pid}x` });
}

async function entries(folder: string): Promise<string[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function isOrphan(name: string): Promise<boolean> {
  const pid = OWNED.exec(name)?.[1];
  if (pid === undefined) return false;
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  // Where the first process reaps late, the dead stay for a while.
  return stat === "" || ENDED.test(stat);
}

/** The namespaces and folders of processes that are no more. */
export async function leftovers(): Promise<{ namespaces: string[]; folders: string[] }> {
  const orphans = async (folder: string) => {
    const names = await entries(folder);
    const orphan = await Promise.all(names.map(isOrphan));
    return names.filter((_, index) => orphan[index]);
  };
  return { namespaces: await orphans(NAMESPACES), folders: await orphans(TEMPORARY) };
}

/** Removes them, with what still runs in them. Others may do the same at the same time. */
export async function removeLeftovers(): Promise<void> {
  const { namespaces, folders } = await leftovers();
  for (const name of namespaces) {
    const { stdout } = await tryRun("ip", ["netns", "pids", name]);
    for (const pid of stdout.split(/\s+/).filter(Boolean)) await tryRun("kill", ["-KILL", pid]);
    await tryRun("ip", ["netns", "del", name]);
  }
  for (const name of folders) await run("rm", ["-rf", join(TEMPORARY, name)]);
}

if (import.meta.main) await removeLeftovers();
