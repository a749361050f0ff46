/** A small file system in memory, which can be full or read-only. @module */
import { join } from "node:path";
import { run } from "../lab/run.ts";

const SIZE = "1m";
const BALLAST = "ballast";
const CHUNK = 4096;

export class Disk {
  private constructor(readonly folder: string) {}

  /** Mounts it. It must be removed before its folder. */
  static async mount(folder: string): Promise<Disk> {
    await Deno.mkdir(folder, { recursive: true });
    await run("mount", ["-t", "tmpfs", "-o", `size=${SIZE}`, "tmpfs", folder]);
    return new Disk(folder);
  }

  /** Leaves no room for a single byte. */
  fill(): void {
    using file = Deno.openSync(join(this.folder, BALLAST), { write: true, create: true });
    const chunk = new Uint8Array(CHUNK);
    try {
      for (;;) file.writeSync(chunk);
    } catch (error) {
      if (!/No space left/.test(`${error}`)) throw error;
    }
  }

  async free(): Promise<void> {
    await Deno.remove(join(this.folder, BALLAST));
  }

  /**
   * Makes the file system itself read-only, not its place here. An agent that starts meanwhile has a copy of that place
   * (ip-netns(8)), which nothing would make writable again: mount(2), `MS_BIND` with `MS_REMOUNT`.
   */
  async readOnly(on: boolean): Promise<void> {
    await run("mount", ["-o", `remount,${on ? "ro" : "rw"}`, this.folder]);
    await run("mount", ["-o", "remount,bind,rw", this.folder]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run("umount", ["--lazy", this.folder]);
  }
}
