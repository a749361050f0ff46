/** Waits for changes in a folder, by inotify and, as inotify does not see every change, by a timer. @module */
import { delay, isManifest } from "../../core/api.ts";

/**
 * Milliseconds. A change that is not known to be complete counts as complete when no event came for `quiet`, or `longest`
 * after its first event.
 */
const SETTLE = { quiet: 50, longest: 200 } as const;
/**
 * Scans without an event find changes behind links to other folders, and in file systems without inotify. Between two of
 * them are at least `shortest` milliseconds, or `told` where there are events, and then `perFile` for each file: a scan
 * takes 2 ms of a processor, and 0.05 ms for a file. They take at most one part in `share` of the time, also in a file
 * system that is slow.
 */
const RESCAN = { shortest: 1000, told: 3000, perFile: 30, share: 20 } as const;
/**
 * Milliseconds between two checks whether a missing folder exists, and whether another one has come in the place of the
 * watched one, e.g. as the path is a link. No event tells that.
 */
const [MISSING_INTERVAL, STALE_INTERVAL] = [100, 1000];

/** What Deno tells when a program closes a file that it could write to: inotify(7), IN_CLOSE_WRITE. */
const CLOSED = "access";
/** A file was moved: whole, to where it is now. */
const MOVED = "rename";
/** What the kernel tells when it could not keep all events; it then names no path: inotify(7), IN_Q_OVERFLOW. */
const ANYWHERE = "";

/** A scan of a folder. */
export interface Scan {
  /** Milliseconds. */
  readonly duration: number;
  /** How many manifests there were. */
  readonly files: number;
}

/**
 * Milliseconds from a scan to the next one, if no event comes.
 *
 * @param isTold Whether there are events. Without them only scans find changes, which must not be late.
 */
export function rescanInterval({ duration, files }: Scan, isTold: boolean): number {
  const { shortest, told, perFile, share } = RESCAN;
  return Math.max(isTold ? Math.max(told, files * perFile) : shortest, duration * share);
}

/** Watches the folder that is at a path when the watcher is made. */
export class FolderWatcher implements AsyncDisposable {
  readonly #path: string;
  readonly #events: Deno.FsWatcher | undefined;
  readonly #inode: Promise<number | undefined>;
  readonly #following: Promise<void>;
  #woken = Promise.withResolvers<void>();
  /** Absolute paths of files that were closed or moved since the last look: they are whole. */
  #whole = new Set<string>();
  /** Absolute paths where something has changed that may go on. */
  #open = new Set<string>();
  #first = 0;
  #last = 0;

  /** @param path If no folder is there, the watcher checks repeatedly whether one comes. */
  constructor(path: string) {
    this.#path = path;
    this.#events = openEvents(path);
    this.#inode = inodeOf(path);
    this.#following = this.#follow();
  }

  /** Whether another folder is at the path by now, or none, or one where none was. */
  async isStale(): Promise<boolean> {
    return await this.#inode !== await inodeOf(this.#path);
  }

  /**
   * Waits for files that are whole, until other changes are complete, or until it is time for a scan without an event.
   *
   * @param scan The last one.
   * @returns The absolute paths of the whole files; nothing if the folder must be scanned.
   */
  async changed(scan: Scan, signal: AbortSignal): Promise<readonly string[] | undefined> {
    const missing = await this.#inode === undefined;
    const interval = missing ? MISSING_INTERVAL : rescanInterval(scan, this.#events !== undefined);
    const end = performance.now() + interval;
    while (!signal.aborted) {
      const whole = [...this.#whole];
      this.#whole.clear();
      if (whole.length > 0) return whole;
      const left = (this.#open.size > 0 ? this.#settledAt() : end) - performance.now();
      if (left <= 0) break;
      await this.#sleep(Math.min(left, STALE_INTERVAL), signal);
      if (this.#whole.size + this.#open.size === 0 && await this.isStale()) break;
    }
    this.#open.clear();
    return undefined;
  }

  /** Takes back paths of `changed()`: what is there must be looked for by a scan. */
  unclear(paths: readonly string[]): void {
    for (const path of paths) this.#noteOpen(path);
  }

  /** When the change counts as complete. */
  #settledAt(): number {
    return Math.min(this.#last + SETTLE.quiet, this.#first + SETTLE.longest);
  }

  /** Waits for an event. The promise is a new one for each, so that listeners do not add up. */
  async #sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    this.#woken = Promise.withResolvers();
    const woken = new AbortController();
    this.#woken.promise.then(() => woken.abort());
    await delay(milliseconds, AbortSignal.any([signal, woken.signal]));
  }

  async #follow(): Promise<void> {
    try {
      for await (const { kind, paths } of this.#events ?? []) {
        for (const path of paths.length > 0 ? paths : [ANYWHERE]) this.#note(kind, path);
        this.#woken.resolve();
      }
    } catch {
      // The folder was removed, which `isStale` finds out.
    }
  }

  #note(kind: string, path: string): void {
    // What has happened to the folder itself is no change of a file: perhaps another folder is in its place.
    if (path === this.#path) this.#noteOpen(path);
    else if (kind === MOVED || (kind === CLOSED && this.#open.has(path))) {
      this.#open.delete(path);
      // Programs write a file under another name first. What is moved may be a folder, whatever its name.
      if (kind === MOVED || isManifest(path)) this.#whole.add(path);
    } else if (kind !== CLOSED) { // a file that was not changed may be closed, too
      this.#whole.delete(path);
      this.#noteOpen(path);
    }
  }

  #noteOpen(path: string): void {
    this.#last = performance.now();
    if (this.#open.size === 0) this.#first = this.#last;
    this.#open.add(path);
  }

  /** Waits for the end: until then, Deno gives another watcher of the same path the events of this folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#events?.close();
    await this.#following;
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
