/**
 * Keeps named pipes among manifests from blocking the program. Deno's watcher opens every file that appears in a folder.
 * To open a pipe, it waits until a writer opens it, and meanwhile it holds a lock that stops the whole program. So Sluice
 * itself opens each pipe for writing, and keeps it open as long as it exists. @module
 */

interface Held {
  readonly pipe: Deno.FsFile;
  readonly inode: number | null;
}

/** The open pipes by path. Only the program's end closes them: closing one is an event, and the watcher would open it. */
const held = new Map<string, Held>();

/** @param pipes All pipes that are in the folder now. */
export async function holdPipes(folder: string, pipes: readonly string[]): Promise<void> {
  for (const path of held.keys()) {
    if (path.startsWith(`${folder}/`) && !pipes.includes(path)) release(path);
  }
  for (const path of pipes) {
    if (held.get(path)?.inode === await inodeOf(path)) continue;
    release(path); // Another pipe has taken the name
    const pipe = await openPipe(path);
    if (pipe) held.set(path, { pipe, inode: (await pipe.stat()).ino });
  }
}

function release(path: string): void {
  held.get(path)?.pipe.close();
  held.delete(path);
}

async function inodeOf(path: string): Promise<number | null> {
  try {
    return (await Deno.stat(path)).ino;
  } catch {
    return null; // The pipe is gone
  }
}

/** Opens both ends, which never waits: fifo(7). It fails if the pipe is gone by now. */
async function openPipe(path: string): Promise<Deno.FsFile | undefined> {
  try {
    return await Deno.open(path, { read: true, write: true });
  } catch {
    return undefined;
  }
}
