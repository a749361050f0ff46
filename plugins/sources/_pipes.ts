/**
 * Named pipes among manifests. Deno's watcher opens whatever appears in a folder, and waits for a pipe's writer with a
 * lock in its hand that ends the whole program's work. So we are that writer, for as long as the pipe is there.
 * @module
 */

/** By path; the program's end closes them: a pipe that we closed would be an event, and be opened once more. */
const held = new Map<string, Deno.FsFile>();

/** @param pipes All that are under the folder. */
export async function holdPipes(folder: string, pipes: readonly string[]): Promise<void> {
  for (const [path, pipe] of held) {
    if (!path.startsWith(`${folder}/`) || pipes.includes(path)) continue;
    held.delete(path);
    pipe.close();
  }
  for (const path of pipes) {
    if (held.has(path)) continue;
    const pipe = await openPipe(path);
    if (pipe) held.set(path, pipe);
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
