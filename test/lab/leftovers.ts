/**
 * Finds and removes what killed test runs have left: folders and namespaces whose names have the id of a process that
 * has ended.
 * @module
 */
import { join } from "node:path";
import { run, tryRun } from "./run.ts";

/** Where `ip netns` keeps the namespaces that have names. */
const NAMESPACES = "/run/netns";
/** Where folders of tests are: `environment.ts` takes TMPDIR away. */
const TEMPORARY = "/tmp";
/** State of a process, proc(5): behind its name, which may hold anything. */
const ENDED = /\) [ZX] [^)]*$/;
const OWNED = /^sl(\d+)x/;

/** Makes a new folder. Its name is unique, and has the id of this process. */
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
  // In a container whose first process waits for its children late, an ended process stays listed for a while.
  return stat === "" || ENDED.test(stat);
}

/** Names of the namespaces and folders of processes that have ended. */
export async function leftovers(): Promise<{ namespaces: string[]; folders: string[] }> {
  const orphans = async (folder: string) => {
    const names = await entries(folder);
    const orphan = await Promise.all(names.map(isOrphan));
    return names.filter((_, index) => orphan[index]);
  };
  return { namespaces: await orphans(NAMESPACES), folders: await orphans(TEMPORARY) };
}

/** Removes them, and kills processes in these namespaces. Several runs may do this at the same time. */
export async function removeLeftovers(): Promise<void> {
  const { namespaces, folders } = await leftovers();
  for (const name of namespaces) {
    const { stdout } = await tryRun("ip", ["netns", "pids", name]);
    for (const pid of stdout.split(/\s+/).filter(Boolean)) await tryRun("kill", ["-KILL", pid]);
    await tryRun("ip", ["netns", "del", name]);
  }
  for (const name of folders) {
    await unmountBelow(join(TEMPORARY, name));
    await run("rm", ["-rf", join(TEMPORARY, name)]);
  }
}

/** Unmounts what a test has mounted in its folder. */
async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await Deno.readTextFile("/proc/mounts")).split("\n");
  const paths = mounts.map((line) => line.split(" ")[1] ?? "");
  for (const path of paths.filter((each) => each.startsWith(`${folder}/`))) {
    await tryRun("umount", ["--lazy", path]);
  }
}

if (import.meta.main) await removeLeftovers();
