/** The source of objects from a folder of manifests, which is read again when something changes in it. @module */
import {
  defineSource,
  type Diagnosis,
  type Kind,
  type Memory,
  type ObjectEvent,
  type Source,
  type SourceIssue,
  TerminalError,
} from "../../core/api.ts";
import { type Entry, Folder, type Objects } from "./_folder.ts";
import { holdPipes } from "./_pipes.ts";
import { FolderWatcher } from "./_watcher.ts";

/** Gets all objects when something has changed. */
interface Listener {
  readonly kind: Kind;
  take(objects: Objects): void;
  /** The next snapshot is given whole, also to what is known already. */
  forget(): void;
}

/** All kinds share one scanner, which runs while at least one kind is watched. */
class FilesSource implements Source {
  readonly name = "files";
  readonly #path: string;
  readonly #folder: Folder;
  #listeners = new Set<Listener>();
  #latest: Objects | undefined;
  #running: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;

  constructor(path: string, memory: Memory | undefined) {
    this.#path = path;
    this.#folder = new Folder(path, memory);
  }

  issues(): readonly SourceIssue[] {
    return this.#folder.issues;
  }

  async diagnose(): Promise<readonly Diagnosis[]> {
    const check = "manifests";
    const folder = new Folder(this.#path);
    await folder.read();
    const found = folder.issues.map(({ file, line, message, warning }): Diagnosis => ({
      check,
      level: warning ? "warning" : "problem",
      message: `${file}:${line}: ${message}`,
      cure: warning
        ? "take it out of the folder: it has no effect"
        : `correct it: sluice validate -f ${this.#path} tells more`,
    }));
    if (found.length > 0) return found;
    return [{ check, level: "ok", message: `Every manifest under "${this.#path}" can be read` }];
  }

  async *watch(kind: Kind, signal: AbortSignal): AsyncGenerator<ObjectEvent> {
    const events: ObjectEvent[] = [];
    let known: ReadonlyMap<string, Entry> | undefined;
    let wake = Promise.withResolvers<void>();
    const listener: Listener = {
      kind,
      take: (objects) => {
        const now = objects.get(kind)!;
        events.push(...known ? differences(known, now) : [snapshotOf(now)]);
        known = now;
        wake.resolve();
      },
      forget: () => known = undefined,
    };
    const stop = () => wake.resolve();
    signal.addEventListener("abort", stop);
    this.#join(listener);
    try {
      while (!signal.aborted) {
        yield* events.splice(0);
        await wake.promise;
        wake = Promise.withResolvers();
      }
    } finally {
      signal.removeEventListener("abort", stop);
      await this.#leave(listener);
    }
  }

  giveAgain(kind: Kind): void {
    for (const listener of this.#listeners) {
      if (listener.kind !== kind || !this.#latest) continue;
      listener.forget();
      listener.take(this.#latest);
    }
  }

  #join(listener: Listener): void {
    this.#listeners.add(listener);
    if (this.#latest) listener.take(this.#latest);
    if (this.#running) return;
    const stop = new AbortController();
    this.#running = { stop, done: this.#run(stop.signal) };
  }

  async #leave(listener: Listener): Promise<void> {
    this.#listeners.delete(listener);
    const running = this.#running;
    if (this.#listeners.size > 0 || !running) return;
    this.#running = undefined;
    this.#latest = undefined; // It is not kept up to date any more: the next watcher reads anew
    running.stop.abort();
    await running.done;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      using watcher = new FolderWatcher(this.#path); // Before the first scan, so that no change is missed
      do {
        const start = performance.now();
        this.#give(await this.#folder.read(), signal);
        await holdPipes(this.#path, this.#folder.pipes);
        await this.#follow(watcher, performance.now() - start, signal);
      } while (!signal.aborted && !await watcher.isStale());
      await holdPipes(this.#path, await this.#folder.findPipes()); // Otherwise closing the watcher may never end
    }
  }

  /** Reads each file that is whole as soon as it is, until the folder must be scanned. */
  async #follow(watcher: FolderWatcher, scan: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const paths = await watcher.changed(scan, signal);
      if (!paths || signal.aborted) return;
      const { objects, unclear } = await this.#folder.readFiles(paths);
      watcher.unclear(unclear);
      this.#give(objects, signal);
    }
  }

  #give(objects: Objects | undefined, signal: AbortSignal): void {
    if (!objects || signal.aborted) return;
    this.#latest = objects;
    for (const listener of this.#listeners) listener.take(objects);
  }
}

function snapshotOf(objects: ReadonlyMap<string, Entry>): ObjectEvent {
  return { type: "snapshot", objects: [...objects.values()].map(({ raw }) => raw) };
}

/** The events that lead from one state to the next. Objects of files that were not read again are identical. */
function differences(
  before: ReadonlyMap<string, Entry>,
  after: ReadonlyMap<string, Entry>,
): ObjectEvent[] {
  const gone = [...before].filter(([name]) => !after.has(name));
  const changed = [...after].filter(([name, { raw }]) => before.get(name)?.raw !== raw);
  return [
    ...gone.map(([, { key }]): ObjectEvent => ({ type: "delete", key })),
    ...changed.map(([, { raw }]): ObjectEvent => ({ type: "set", object: raw })),
  ];
}

export default defineSource({
  name: "files",
  docs: "Reads every manifest in a folder, and reads it again when it changes.",
  create: ({ folder, memory }) => {
    if (folder) return new FilesSource(folder, memory);
    throw new TerminalError('Cannot use source "files": --manifests is not given');
  },
});
