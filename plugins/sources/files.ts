/** Objects from a folder of manifests, re-read when something changes in it. @module */
import {
  defineSource,
  type Kind,
  type ObjectEvent,
  type Source,
  type SourceIssue,
} from "../../core/api.ts";
import { type Entry, Folder, nameOf, type Objects } from "./_folder.ts";

/** Milliseconds: a change comes in several events; none are waited for longer than `longest`. */
const SETTLE = { quiet: 20, longest: 150 } as const;
/** Milliseconds between looks without an event: links to elsewhere, file systems without inotify. */
const RESCAN_INTERVAL = 1000;

type Listener = (objects: Objects) => void;

/** Resolves at once when `signal` aborts. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
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

/** One scanner for all kinds: it runs while somebody watches. */
class FilesSource implements Source {
  readonly name = "files";
  readonly #path: string;
  readonly #folder: Folder;
  #listeners = new Set<Listener>();
  #latest: Objects | undefined;
  #running: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#folder = new Folder(path);
  }

  issues(): readonly SourceIssue[] {
    return this.#folder.issues;
  }

  async *watch(kind: Kind, signal: AbortSignal): AsyncGenerator<ObjectEvent> {
    const events: ObjectEvent[] = [];
    let known: ReadonlyMap<string, Entry> | undefined;
    let wake = Promise.withResolvers<void>();
    const listener: Listener = (objects) => {
      const now = objects.get(kind)!;
      events.push(...known ? differences(known, now) : [snapshotOf(now)]);
      known = now;
      wake.resolve();
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

  #join(listener: Listener): void {
    this.#listeners.add(listener);
    if (this.#latest) listener(this.#latest);
    if (this.#running) return;
    const stop = new AbortController();
    this.#running = { stop, done: this.#run(stop.signal) };
  }

  async #leave(listener: Listener): Promise<void> {
    this.#listeners.delete(listener);
    const running = this.#running;
    if (this.#listeners.size > 0 || !running) return;
    this.#running = undefined;
    running.stop.abort();
    await running.done;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      using watcher = openWatcher(this.#path);
      const inode = await inodeOf(this.#path);
      do {
        await this.#scan();
        await nextChange(watcher, signal);
      } while (!signal.aborted && watcher && inode === await inodeOf(this.#path));
    }
  }

  async #scan(): Promise<void> {
    const objects = await this.#folder.read();
    if (!objects) return;
    this.#latest = objects;
    for (const listener of this.#listeners) listener(objects);
  }
}

/** Looks at a folder that may not be there. */
class Watcher implements Disposable {
  readonly #fs: Deno.FsWatcher;
  changed = Promise.withResolvers<void>();

  constructor(path: string) {
    this.#fs = Deno.watchFs(path, { recursive: true });
    this.#follow();
  }

  async #follow(): Promise<void> {
    for await (const { kind } of this.#fs) {
      if (kind !== "access") this.changed.resolve();
    }
  }

  [Symbol.dispose](): void {
    this.#fs.close();
  }
}

function openWatcher(path: string): Watcher | undefined {
  try {
    return new Watcher(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function inodeOf(path: string): Promise<number | null> {
  try {
    return (await Deno.stat(path)).ino;
  } catch {
    return null;
  }
}

/** Waits until something changed and has settled, or until it is time to look anyhow. */
async function nextChange(watcher: Watcher | undefined, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  await Promise.race([
    pause(RESCAN_INTERVAL, either),
    ...(watcher ? [watcher.changed.promise] : []),
  ]);
  over.abort();
  const deadline = performance.now() + SETTLE.longest;
  let before: unknown;
  while (watcher && before !== watcher.changed && performance.now() < deadline && !signal.aborted) {
    before = watcher.changed = Promise.withResolvers();
    const quiet = new AbortController();
    watcher.changed.promise.then(() => quiet.abort());
    await pause(SETTLE.quiet, AbortSignal.any([signal, quiet.signal]));
    if (!quiet.signal.aborted) return;
    before = undefined;
  }
}

function snapshotOf(objects: ReadonlyMap<string, Entry>): ObjectEvent {
  return { type: "snapshot", objects: [...objects.values()].map(({ raw }) => raw) };
}

/** Files that were not read again hold the very same objects. */
function differences(
  before: ReadonlyMap<string, Entry>,
  after: ReadonlyMap<string, Entry>,
): ObjectEvent[] {
  const gone = [...before.values()].filter(({ key }) => !after.has(nameOf(key)));
  const changed = [...after.values()].filter(({ key, raw }) =>
    before.get(nameOf(key))?.raw !== raw
  );
  return [
    ...gone.map(({ key }): ObjectEvent => ({ type: "delete", key })),
    ...changed.map(({ raw }): ObjectEvent => ({ type: "set", object: raw })),
  ];
}

export default defineSource({
  name: "files",
  docs: "Reads every manifest under a folder, and again when one changes.",
  create: ({ folder }) => new FilesSource(folder),
});
