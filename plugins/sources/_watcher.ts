/** Waits for changes in a folder, by inotify and, as inotify does not see every change, by a timer. @module */
import { delay } from "../../core/api.ts";

/**
 * Milliseconds. One change causes several events. It counts as complete when no event came for `quiet`, or `longest`
 * after its first event.
 */
const SETTLE = { quiet: 50, longest: 200 } as const;
/**
 * Milliseconds between two scans without an event. They find changes behind links to other folders, and in file systems
 * without inotify.
 */
const RESCAN_INTERVAL = 1000;
/** Scans without an event take at most one part of this many of the time: a scan of a thousand files takes 0.15 s. */
const RESCAN_SHARE = 20;
/** Milliseconds between two checks whether a missing folder exists. No event tells that. */
const MISSING_INTERVAL = 100;

/** Watches the folder that is at a path when the watcher is made. */
export class FolderWatcher implements Disposable {
  readonly #path: string;
  readonly #events: Deno.FsWatcher | undefined;
  readonly #inode: Promise<number | undefined>;
  #woken = Promise.withResolvers<void>();
  #first: number | undefined;
  #last = 0;

  /** @param path If no folder is there, the watcher checks repeatedly whether one comes. */
  constructor(path: string) {
    this.#path = path;
    this.#events = openEvents(path);
    this.#inode = inodeOf(path);
    this.#follow();
  }

  /** Whether another folder is at the path by now, or none, or one where none was. */
  async isStale(): Promise<boolean> {
    return await this.#inode !== await inodeOf(this.#path);
  }

  /**
   * Waits until a change is complete, or until it is time for a scan without an event.
   *
   * @param scan Milliseconds that a scan takes.
   */
  async changed(scan: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#woken.promise.then(() => woken.abort());
    const missing = await this.#inode === undefined;
    const interval = missing ? MISSING_INTERVAL : Math.max(RESCAN_INTERVAL, scan * RESCAN_SHARE);
    await delay(interval, AbortSignal.any([signal, woken.signal]));
    this.#woken = Promise.withResolvers(); // A promise of its own for each call, so that listeners do not add up
    if (this.#first === undefined) return;
    for (let wait = this.#unsettled(); wait > 0 && !signal.aborted; wait = this.#unsettled()) {
      await delay(wait, signal);
    }
    this.#first = undefined;
    this.#woken = Promise.withResolvers();
  }

  /** Milliseconds until the change counts as complete. */
  #unsettled(): number {
    const end = Math.min(this.#last + SETTLE.quiet, this.#first! + SETTLE.longest);
    return end - performance.now();
  }

  async #follow(): Promise<void> {
    try {
      for await (const { kind } of this.#events ?? []) {
        if (kind !== "access") this.#note(); // Sluice's own reading causes "access"
      }
    } catch {
      // The folder was removed, which `isStale` finds out.
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

/** The events of a folder. If there is no folder, or inotify has no watches left, only scans find changes. */
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
