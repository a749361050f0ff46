/** Reads a folder of manifests. A broken file keeps the objects of its last good state. @module */
import { join, relative, resolve } from "node:path";
import {
  DEFAULT_NAMESPACE,
  EMPTY,
  isManifest,
  type Kind,
  KINDS,
  manifestFiles,
  type Memory,
  type ObjectKey,
  parseManifest,
  readManifest,
  type SourceIssue,
} from "../../core/api.ts";

/** One object of a kind that Sluice reads. */
export interface Entry {
  readonly key: ObjectKey;
  readonly raw: unknown;
}

/** All objects of a folder by kind, then by namespace and name. */
export type Objects = ReadonlyMap<Kind, ReadonlyMap<string, Entry>>;

/** An object and its place in its file. */
interface Written extends Entry {
  readonly kind: string;
  readonly line: number;
}

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
  #files: Map<string, ReadFile>;
  #issues: readonly SourceIssue[] = [];
  /** What the last reading of the whole folder could not read. */
  #problems: readonly SourceIssue[] = [];
  #pipes: readonly string[] = [];

  constructor(path: string, memory?: Memory) {
    this.#path = path;
    this.#memory = memory;
    this.#files = new Map((memory?.keys() ?? []).map((key) => this.#recall(key)));
  }

  /** A file as an earlier run of the agent knew it. Its empty stamp makes sure that it is read again. */
  #recall(key: string): [string, ReadFile] {
    const remembered = [this.#memory!.get(key)].flat() as readonly Remembered[];
    const objects = remembered.map((each) => readHead(each?.raw, each?.line))
      .filter((object) => object !== undefined);
    return [join(this.#path, relative(this.#path, key)), { stamp: "", objects, issues: [] }];
  }

  #remember(file: string, objects: readonly Written[]): void {
    const kept: Remembered[] = objects.filter(({ kind }) => isRead(kind))
      .map(({ raw, line }) => ({ raw, line }));
    if (kept.length > 0) this.#memory?.set(resolve(file), kept);
    else this.#memory?.delete(resolve(file));
  }

  /** What the last reading could not read, or ignored. */
  get issues(): readonly SourceIssue[] {
    return this.#issues;
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
   * @returns `undefined` while the folder does not exist. That does not mean that its objects are deleted.
   */
  async read(): Promise<Objects | undefined> {
    if (!await isFolder(this.#path)) {
      this.#issues = [{ file: this.#path, line: 1, message: "is no folder: waiting for it" }];
      return undefined;
    }
    const { files, problems, pipes } = await manifestFiles(this.#path);
    this.#pipes = pipes;
    const there = new Set(files);
    const unreadable = problems.map(({ file }) => file);
    for (const file of this.#files.keys()) {
      if (there.has(file) || isWithin(file, unreadable)) continue;
      this.#files.delete(file);
      this.#memory?.delete(resolve(file));
    }
    for (const file of files) await this.#readFile(file);
    this.#problems = problems.map(({ file, line, message }) => ({ file, line, message }));
    return this.#merge();
  }

  /**
   * Reads these files, and no others. Never throws.
   *
   * @param paths Absolute paths below the folder.
   * @returns All objects of the folder, and the paths about which only `read()` can say what they mean: a file that has
   * gone, a folder, a file that is broken.
   */
  async readFiles(
    paths: readonly string[],
  ): Promise<{ readonly objects: Objects; readonly unclear: readonly string[] }> {
    const unclear: string[] = [];
    for (const path of paths) {
      const file = join(this.#path, relative(resolve(this.#path), path));
      const is = await kindOf(file, this.#path);
      if (is === "manifest") await this.#readFile(file);
      const isClear = {
        manifest: () => this.#files.get(file)?.issues.length === 0,
        other: () => !this.#files.has(file),
        gone: () => [...this.#files.keys()].every((known) => !isWithin(known, [file])),
        unclear: () => false,
      };
      if (!isClear[is]()) unclear.push(path);
    }
    return { objects: this.#merge(), unclear };
  }

  #merge(): Objects {
    const { objects, duplicates } = merge(this.#files);
    this.#issues = [
      ...this.#problems,
      ...[...this.#files.values()].flatMap(({ issues }) => issues),
      ...duplicates,
    ];
    return objects;
  }

  async #readFile(file: string): Promise<void> {
    const before = this.#files.get(file);
    const stamp = await stampOf(file);
    if (stamp.text === before?.stamp && before.text === undefined) return;
    const read = await readManifest(file);
    if (!("text" in read)) { // Without a stamp it is tried again: permissions can change without changing the stamp
      const issues = [{ file, line: 1, message: read.message }];
      this.#files.set(file, { stamp: "", objects: before?.objects ?? [], issues });
      return;
    }
    const { objects, issues } = before && read.text === before.text
      ? before
      : judge(file, read.text, before?.objects ?? []);
    if (objects !== before?.objects) this.#remember(file, objects);
    const kept = stamp.isSure ? {} : { text: read.text };
    this.#files.set(file, { stamp: stamp.text, objects, issues, ...kept });
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
    .map(({ raw, line }) => ({ line, object: readHead(raw, line) }));
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
  return objects.filter(({ kind }) => !isRead(kind))
    .map(({ kind, line }) => ({
      ...issue(line, `kind ${kind} is not one of ${KINDS.join(", ")}: ignored`),
      warning: true,
    }));
}

const isRead = (kind: string) => KINDS.some((known) => known === kind);

/** All objects of all files. If an object is in several files, the one in the first file by name counts. */
function merge(files: ReadonlyMap<string, ReadFile>): {
  readonly objects: Objects;
  readonly duplicates: readonly SourceIssue[];
} {
  const objects = new Map(KINDS.map((kind) => [kind, new Map<string, Entry & { file: string }>()]));
  const duplicates: SourceIssue[] = [];
  const inOrder = [...files].sort(([a], [b]) => a < b ? -1 : 1);
  for (const [file, read] of inOrder) {
    for (const { kind, key, raw, line } of read.objects) {
      const ofKind = objects.get(kind as Kind);
      const name = nameOf(key);
      const first = ofKind?.get(name);
      if (!first) ofKind?.set(name, { key, raw, file });
      else {
        const message = `${kind} "${name}" stands in ${first.file}`;
        duplicates.push({ file, line, message, warning: true });
      }
    }
  }
  return { objects, duplicates };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}

/** What a path is, as far as a look at it alone can tell. It cannot for links, folders, pipes, and what is hidden. */
async function kindOf(
  file: string,
  folder: string,
): Promise<"manifest" | "other" | "gone" | "unclear"> {
  const isHidden = relative(folder, file).split("/").some((name) => name.startsWith("."));
  try {
    if (isHidden || !(await Deno.lstat(file)).isFile) return "unclear";
    return isManifest(file) ? "manifest" : "other";
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? "gone" : "unclear";
  }
}

async function stampOf(file: string): Promise<{ readonly text: string; readonly isSure: boolean }> {
  try {
    const { mtime, size, ino } = await Deno.stat(file);
    const time = mtime?.getTime() ?? 0;
    return { text: `${time} ${size} ${ino}`, isSure: Date.now() - time > STAMP_IS_SURE_AFTER };
  } catch {
    return { text: "", isSure: false };
  }
}

function isWithin(file: string, paths: readonly string[]): boolean {
  return paths.some((path) => file === path || file.startsWith(`${path}/`));
}

interface Head {
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown } | null;
}

function readHead(raw: unknown, line: number): Written | undefined {
  const { kind, metadata } = Object(raw) as Head;
  const { name, namespace } = metadata ?? {};
  if (typeof kind !== "string" || typeof name !== "string" || name === "") return undefined;
  if (kind !== "Pod") return { kind, line, raw, key: { name } };
  const inside = typeof namespace === "string" && namespace !== "" ? namespace : DEFAULT_NAMESPACE;
  return { kind, line, raw, key: { namespace: inside, name } };
}

function nameOf({ namespace, name }: ObjectKey): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
