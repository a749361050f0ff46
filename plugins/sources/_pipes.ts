/**
 * Named pipes among manifests. Deno's watcher opens whatever appears in a folder, and waits for a pipe's writer with a
 * lock in its hand that ends the whole program's work. So we are that writer, for as long as the pipe is there.
 * @module
 */

interface Held {
  readonly pipe: Deno.FsFile;
  readonly inode: number | null;
}

/** By path; the program's end closes them: a pipe that we closed would be an event, and be opened once more. */
const held = new Map<string, Held>();

/** @param pipes All that are under the folder. */
export async function holdPipes(folder: string, pipes: readonly string[]): Promise<void> {
  for (const path of held.keys()) {
    if (path.startsWith(`${folder}/`) && !pipes.includes(path)) release(path);
  }
  for (const path of pipes) {
    if (held.get(path)?.inode === await inodeOf(path)) continue;
    release(path); // another one under the same name
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
    return null; // it is gone
  }
}

/** Both ends, which never waits: fifo(7). It may be gone, or something else, by now. */
async function openPipe(path: string): Promise<Deno.FsFile | undefined> {
  try {
    return await Deno.open(path, { read: true, write: true });
  } catch {
    return undefined;
  }
}
