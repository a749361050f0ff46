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
import type { ObjectChange, Written } from "./_file_objects.ts";
import { Folder } from "./_folder.ts";
import { holdPipes } from "./_pipes.ts";
import { FolderWatcher, type Scan } from "./_watcher.ts";

/** Gets the objects of one kind. */
interface Listener {
  readonly kind: Kind;
  /** Takes all of them. */
  begin(objects: Iterable<Written>): void;
  take(changes: readonly ObjectChange[]): void;
}

/** All kinds share one scanner, which runs while at least one kind is watched. */
class FilesSource implements Source {
  readonly name = "files";
  readonly #path: string;
  readonly #folder: Folder;
  #listeners = new Set<Listener>();
  /** Whether the folder has been read since somebody watches. */
  #isRead = false;
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
    let wake = Promise.withResolvers<void>();
    const give = (given: readonly ObjectEvent[]) => {
      events.push(...given);
      wake.resolve();
    };
    const listener: Listener = {
      kind,
      begin: (objects) => give([{ type: "snapshot", objects: [...objects].map(({ raw }) => raw) }]),
      take: (changes) => give(changes.filter((change) => change.kind === kind).map(toEvent)),
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
    if (!this.#isRead) return;
    for (const listener of this.#listeners) if (listener.kind === kind) this.#begin(listener);
  }

  #join(listener: Listener): void {
    this.#listeners.add(listener);
    if (this.#isRead) this.#begin(listener);
    if (this.#running) return;
    const stop = new AbortController();
    this.#running = { stop, done: this.#run(stop.signal) };
  }

  async #leave(listener: Listener): Promise<void> {
    this.#listeners.delete(listener);
    const running = this.#running;
    if (this.#listeners.size > 0 || !running) return;
    this.#running = undefined;
    this.#isRead = false; // It is not kept up to date any more: the next watcher reads anew
    running.stop.abort();
    await running.done;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await using watcher = new FolderWatcher(this.#path); // Before the first scan, so that no change is missed
      do {
        const start = performance.now();
        this.#give(await this.#folder.read(), signal);
        await holdPipes(this.#path, this.#folder.pipes);
        const scan = { duration: performance.now() - start, files: this.#folder.size };
        await this.#follow(watcher, scan, signal);
      } while (!signal.aborted && !await watcher.isStale());
      await holdPipes(this.#path, await this.#folder.findPipes()); // Otherwise closing the watcher may never end
    }
  }

  /** Reads each file that is whole as soon as it is, until the folder must be scanned. */
  async #follow(watcher: FolderWatcher, scan: Scan, signal: AbortSignal): Promise<void> {
    for (;;) {
      const paths = await watcher.changed(scan, signal);
      if (!paths || signal.aborted) return;
      const { changes, unclear } = await this.#folder.readFiles(paths);
      watcher.unclear(unclear);
      this.#give(changes, signal);
    }
  }

  #give(changes: readonly ObjectChange[] | undefined, signal: AbortSignal): void {
    if (!changes || signal.aborted) return;
    for (const listener of this.#listeners) {
      if (this.#isRead) listener.take(changes);
      else this.#begin(listener);
    }
    this.#isRead = true;
  }

  #begin(listener: Listener): void {
    listener.begin(this.#folder.objects.get(listener.kind)!.values());
  }
}

function toEvent({ before, after }: ObjectChange): ObjectEvent {
  return after ? { type: "set", object: after.raw } : { type: "delete", key: before!.key };
}

export default defineSource({
  name: "files",
  docs: "Reads every manifest in a folder, and reads it again when it changes.",
  create: ({ folder, memory }) => {
    if (folder) return new FilesSource(folder, memory);
    throw new TerminalError('Cannot use source "files": --manifests is not given');
  },
});
