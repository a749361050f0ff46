/** Reads a folder of manifests. A broken file keeps the objects of its last good state. @module */
import { dirname, join, relative, resolve } from "node:path";
import {
  DEFAULT_NAMESPACE,
  EMPTY,
  isManifest,
  KINDS,
  manifestFiles,
  type Memory,
  parseManifest,
  readManifest,
  type SourceIssue,
} from "../../core/api.ts";
import {
  FileObjects,
  isRead,
  type ObjectChange,
  type Objects,
  type Written,
} from "./_file_objects.ts";

/** What the memory keeps of an object. */
type Remembered = Pick<Written, "raw" | "line">;

interface ReadFile {
  /** Modification time, size and inode. As long as they are the same, the file is not read again. */
  readonly stamp: string;
  /** The content, kept as long as the file is so new that a change might leave the stamp as it is. */
  readonly text?: string;
  readonly objects: readonly Written[];
  readonly issues: readonly SourceIssue[];
}

/** Milliseconds after a change from which a further change gives another stamp: clocks of file systems are coarse. */
const STAMP_IS_SURE_AFTER = 100;

/** Reads a folder repeatedly. Each time it reads only files that changed. */
export class Folder {
  readonly #path: string;
  /** Keeps the objects of good files, by the file's absolute path. */
  readonly #memory: Memory | undefined;
  readonly #files = new Map<string, ReadFile>();
  /** How many of the files are below each folder. */
  readonly #below = new Map<string, number>();
  readonly #objects = new FileObjects();
  /** The files with issues. */
  readonly #doubtful = new Set<string>();
  /** What the last reading of the whole folder could not read. */
  #problems: readonly SourceIssue[] = [];
  #pipes: readonly string[] = [];

  constructor(path: string, memory?: Memory) {
    this.#path = path;
    this.#memory = memory;
    this.#replace(new Map((memory?.keys() ?? []).map((key) => this.#recall(key))));
  }

  /** A file as an earlier run of the agent knew it. Its empty stamp makes sure that it is read again. */
  #recall(key: string): [string, ReadFile] {
    const file = join(this.#path, relative(this.#path, key));
    const remembered = [this.#memory!.get(key)].flat() as readonly Remembered[];
    const objects = remembered.map((each) => readHead(each?.raw, { file, line: each?.line }))
      .filter((object) => object !== undefined);
    return [file, { stamp: "", objects, issues: [] }];
  }

  #remember(file: string, objects: readonly Written[]): void {
    const kept: Remembered[] = objects.filter(isRead).map(({ raw, line }) => ({ raw, line }));
    if (kept.length > 0) this.#memory?.set(resolve(file), kept);
    else this.#memory?.delete(resolve(file));
  }

  /** How many manifests there are. */
  get size(): number {
    return this.#files.size;
  }

  /** All objects of the folder. */
  get objects(): Objects {
    return this.#objects.counting;
  }

  /** What the last reading could not read, or ignored. */
  get issues(): readonly SourceIssue[] {
    return [
      ...this.#problems,
      ...[...this.#doubtful].flatMap((file) => this.#files.get(file)!.issues),
      ...this.#objects.duplicates(),
    ];
  }

  /** The named pipes that the last reading found. */
  get pipes(): readonly string[] {
    return this.#pipes;
  }

  /** Finds the named pipes that are in the folder now. Never throws. */
  async findPipes(): Promise<readonly string[]> {
    return (await manifestFiles(this.#path)).pipes;
  }

  /**
   * Reads what changed since the last time. Never throws.
   *
   * @returns How the objects differ; `undefined` while the folder does not exist. That does not mean that its objects are
   * deleted.
   */
  async read(): Promise<readonly ObjectChange[] | undefined> {
    if (!await isFolder(this.#path)) {
      this.#problems = [{ file: this.#path, line: 1, message: "is no folder: waiting for it" }];
      return undefined;
    }
    const { files, problems, pipes } = await manifestFiles(this.#path);
    this.#pipes = pipes;
    const there = new Set(files);
    const unreadable = problems.map(({ file }) => file);
    const read = new Map<string, ReadFile | undefined>();
    for (const file of this.#files.keys()) {
      if (!there.has(file) && !isWithin(file, unreadable)) read.set(file, undefined);
    }
    for (const file of files) read.set(file, await this.#readFile(file));
    this.#problems = problems.map(({ file, line, message }) => ({ file, line, message }));
    return this.#replace(read);
  }

  /**
   * Reads these files, and no others. Never throws.
   *
   * @param paths Absolute paths below the folder.
   * @returns How the objects differ, and the paths about which only `read()` can say what they mean: a file that has gone,
   * a folder, a file that is broken.
   */
  async readFiles(
    paths: readonly string[],
  ): Promise<{ readonly changes: readonly ObjectChange[]; readonly unclear: readonly string[] }> {
    const read = new Map<string, ReadFile>();
    const unclear = await Promise.all(paths.map(async (path) => {
      const file = join(this.#path, relative(resolve(this.#path), path));
      const { is, info } = await lookAt(file, this.#path);
      if (is === "manifest") read.set(file, await this.#readFile(file, info));
      const isClear = {
        manifest: () => read.get(file)?.issues.length === 0,
        other: () => !this.#files.has(file),
        gone: () => !this.#files.has(file) && !this.#below.has(file),
        unclear: () => false,
      };
      return isClear[is]() ? [] : [path];
    }));
    return { changes: this.#replace(read), unclear: unclear.flat() };
  }

  /** Takes over what was read all at once, so that an object is always there while it moves to another file. */
  #replace(read: ReadonlyMap<string, ReadFile | undefined>): ObjectChange[] {
    const changed = [...read].flatMap(([file, after]) => {
      const before = this.#files.get(file);
      if (after === before) return [];
      if (after) this.#files.set(file, after);
      else this.#forget(file);
      if (after && !before) this.#count(file, 1);
      if (after && after.issues.length > 0) this.#doubtful.add(file);
      else this.#doubtful.delete(file);
      return [{ before: before?.objects ?? [], after: after?.objects ?? [] }];
    });
    return this.#objects.replace(changed.filter(({ before, after }) => before !== after));
  }

  #forget(file: string): void {
    this.#files.delete(file);
    this.#count(file, -1);
    this.#memory?.delete(resolve(file));
  }

  /** Counts a file for each folder that it is in. */
  #count(file: string, change: 1 | -1): void {
    for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
      const files = (this.#below.get(folder) ?? 0) + change;
      if (files > 0) this.#below.set(folder, files);
      else this.#below.delete(folder);
    }
  }

  /** @returns The file as it is now: the same as before if nothing has changed. */
  async #readFile(file: string, info?: Deno.FileInfo): Promise<ReadFile> {
    const before = this.#files.get(file);
    const stamp = stampOf(info ?? await statOf(file));
    if (before && stamp.text === before.stamp && before.text === undefined) return before;
    const read = await readManifest(file, info);
    if (!("text" in read)) { // Without a stamp it is tried again: permissions can change without changing the stamp
      const issues = [{ file, line: 1, message: read.message }];
      return { stamp: "", objects: before?.objects ?? [], issues };
    }
    const { objects, issues } = before && read.text === before.text
      ? before
      : judge(file, read.text, before?.objects ?? []);
    if (objects !== before?.objects) this.#remember(file, objects);
    const kept = stamp.isSure ? {} : { text: read.text };
    return { stamp: stamp.text, objects, issues, ...kept };
  }
}

/**
 * The objects of a file's text. If it is broken or has become empty, its last objects stay: a file that is being written
 * must not look like a deletion.
 */
function judge(
  file: string,
  text: string,
  last: readonly Written[],
): Pick<ReadFile, "objects" | "issues"> {
  const issue = (line: number, message: string): SourceIssue => ({ file, line, message });
  const parsed = parseManifest(file, text);
  const found = parsed.objects.filter(({ raw }) => raw !== null)
    .map(({ raw, line }) => ({ line, object: readHead(raw, { file, line }) }));
  const broken = [
    ...parsed.problems.map(({ line, message }) => issue(line, message)),
    ...found.filter(({ object }) => object === undefined)
      .map(({ line }) => issue(line, "is no Kubernetes object with a kind and a name")),
  ];
  const isEmpty = found.length === 0 && broken.every(({ message }) => message === EMPTY);
  if (isEmpty && last.length > 0) {
    const message = `${EMPTY}: its objects stay as they were until it is deleted`;
    return { objects: last, issues: [issue(1, message)] };
  }
  if (broken.length > 0) return { objects: last, issues: broken };
  const objects = found.map(({ object }) => object!);
  return { objects, issues: otherKinds(objects, issue) };
}

/** A warning for each object of a kind that Sluice does not read: manifests may hold such objects. */
function otherKinds(
  objects: readonly Written[],
  issue: (line: number, message: string) => SourceIssue,
): SourceIssue[] {
  return objects.filter((object) => !isRead(object))
    .map(({ kind, line }) => ({
      ...issue(line, `kind ${kind} is not one of ${KINDS.join(", ")}: ignored`),
      warning: true,
    }));
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}

interface Look {
  readonly is: "manifest" | "other" | "gone" | "unclear";
  /** Absent if there is no file. */
  readonly info?: Deno.FileInfo;
}

/** What a path is, as far as a look at it alone can tell. It cannot for links, folders, pipes, and what is hidden. */
async function lookAt(file: string, folder: string): Promise<Look> {
  const isHidden = relative(folder, file).split("/").some((name) => name.startsWith("."));
  try {
    const info = await Deno.lstat(file);
    if (isHidden || !info.isFile) return { is: "unclear" };
    return { is: isManifest(file) ? "manifest" : "other", info };
  } catch (error) {
    return { is: error instanceof Deno.errors.NotFound && !isHidden ? "gone" : "unclear" };
  }
}

function statOf(file: string): Promise<Deno.FileInfo | undefined> {
  return Deno.stat(file).catch(() => undefined);
}

function stampOf(
  info: Deno.FileInfo | undefined,
): { readonly text: string; readonly isSure: boolean } {
  if (!info) return { text: "", isSure: false };
  const { mtime, size, ino } = info;
  const time = mtime?.getTime() ?? 0;
  return { text: `${time} ${size} ${ino}`, isSure: Date.now() - time > STAMP_IS_SURE_AFTER };
}

function isWithin(file: string, paths: readonly string[]): boolean {
  return paths.some((path) => file === path || file.startsWith(`${path}/`));
}

interface Head {
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown } | null;
}

function readHead(
  raw: unknown,
  place: { readonly file: string; readonly line: number },
): Written | undefined {
  const { kind, metadata } = Object(raw) as Head;
  const { name, namespace } = metadata ?? {};
  if (typeof kind !== "string" || typeof name !== "string" || name === "") return undefined;
  if (kind !== "Pod") return { kind, ...place, raw, key: { name } };
  const inside = typeof namespace === "string" && namespace !== "" ? namespace : DEFAULT_NAMESPACE;
  return { kind, ...place, raw, key: { namespace: inside, name } };
}
