/** Waits for changes in a folder: inotify, and a look now and then where it is silent. @module */

/** Milliseconds. A change comes in several events: it is over after `quiet`, or after `longest`. */
const SETTLE = { quiet: 50, longest: 200 } as const;
/** Milliseconds between looks without an event: links to elsewhere, file systems without inotify. */
const RESCAN_INTERVAL = 1000;
/** Looking takes no more than one part in so many of the time: a thousand files take 0.15 s. */
const RESCAN_SHARE = 20;
/** Milliseconds between looks for a folder that is not there, which nothing tells of. */
const MISSING_INTERVAL = 100;

/** Resolves after a time, and at once when `signal` aborts. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });
}

/** Watches one folder, as long as it is the same one. */
export class FolderWatcher implements Disposable {
  readonly #path: string;
  readonly #events: Deno.FsWatcher | undefined;
  readonly #inode: Promise<number | undefined>;
  #woken = Promise.withResolvers<void>();
  #first: number | undefined;
  #last = 0;

  /** @param path May be missing: then it is polled for. */
  constructor(path: string) {
    this.#path = path;
    this.#events = openEvents(path);
    this.#inode = inodeOf(path);
    this.#follow();
  }

  /** Another folder, or none, has come to the path, or one to where none was. */
  async isStale(): Promise<boolean> {
    return await this.#inode !== await inodeOf(this.#path);
  }

  /**
   * Waits until something changed and has settled, or until it is time to look anyhow.
   *
   * @param looking Milliseconds that a look takes.
   */
  async changed(looking: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#woken.promise.then(() => woken.abort());
    const missing = await this.#inode === undefined;
    const interval = missing ? MISSING_INTERVAL : Math.max(RESCAN_INTERVAL, looking * RESCAN_SHARE);
    await pause(interval, AbortSignal.any([signal, woken.signal]));
    this.#woken = Promise.withResolvers(); // else each look would hang one more listener on it
    if (this.#first === undefined) return;
    for (let wait = this.#unsettled(); wait > 0 && !signal.aborted; wait = this.#unsettled()) {
      await pause(wait, signal);
    }
    this.#first = undefined;
    this.#woken = Promise.withResolvers();
  }

  /** Milliseconds that are still to be waited. */
  #unsettled(): number {
    const end = Math.min(this.#last + SETTLE.quiet, this.#first! + SETTLE.longest);
    return end - performance.now();
  }

  async #follow(): Promise<void> {
    try {
      for await (const { kind } of this.#events ?? []) {
        if (kind !== "access") this.#note(); // that is us, reading
      }
    } catch {
      // The folder went away under it: `isStale` sees that.
    }
  }

  #note(): void {
    this.#last = performance.now();
    this.#first ??= this.#last;
    this.#woken.resolve();
  }

  [Symbol.dispose](): void {
    this.#events?.close();
  }
}

/** Without inotify (no folder, or no watches left) the looks now and then have to do. */
function openEvents(path: string): Deno.FsWatcher | undefined {
  try {
    return Deno.watchFs(path, { recursive: true });
  } catch {
    return undefined;
  }
}

async function inodeOf(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).ino ?? undefined;
  } catch {
    return undefined;
  }
}
