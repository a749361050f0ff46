/** A folder of manifests: what is in it now, where each broken file keeps its last good state. @module */
import {
  type Kind,
  manifestFiles,
  type ManifestObject,
  type ObjectKey,
  parseManifest,
  type SourceIssue,
} from "../../core/api.ts";

/** One object of a kind that we read. */
export interface Entry {
  readonly key: ObjectKey;
  readonly raw: unknown;
}
export type Objects = ReadonlyMap<Kind, ReadonlyMap<string, Entry>>;

interface ReadFile {
  /** Modification time, size and inode: as long as they stand, so does what was read. */
  readonly stamp: string;
  readonly objects: readonly ManifestObject[];
  readonly issues: readonly SourceIssue[];
}

interface Head {
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown } | null;
}

const KINDS: readonly Kind[] = ["TrafficControl", "Namespace", "Pod"];
const DEFAULT_NAMESPACE = "default";

export class Folder {
  readonly #path: string;
  #files = new Map<string, ReadFile>();
  #issues: readonly SourceIssue[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  get issues(): readonly SourceIssue[] {
    return this.#issues;
  }

  /**
   * Reads what changed since the last time.
   *
   * @returns Nothing while the folder is not there: that says nothing about its objects.
   */
  async read(): Promise<Objects | undefined> {
    if (!await isFolder(this.#path)) return undefined;
    const { files, problems } = await manifestFiles(this.#path);
    const unreadable = new Set(problems.map(({ file }) => file));
    for (const file of this.#files.keys()) {
      if (!files.includes(file) && !within(file, unreadable)) this.#files.delete(file);
    }
    for (const file of files) await this.#readFile(file);
    const found = this.#join();
    this.#issues = [
      ...problems.map(({ file, line, message }) => ({ file, line, message })),
      ...[...this.#files.values()].flatMap(({ issues }) => issues),
      ...found.duplicates,
    ];
    return found.objects;
  }

  async #readFile(file: string): Promise<void> {
    const before = this.#files.get(file);
    try {
      const { mtime, size, ino } = await Deno.stat(file);
      const stamp = `${mtime?.getTime()} ${size} ${ino}`;
      if (stamp === before?.stamp) return;
      this.#files.set(file, this.#judge(file, { stamp, text: await Deno.readTextFile(file) }));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return; // gone meanwhile: the next scan sees it
      const issue = { file, line: 1, message: `cannot be read: ${(error as Error).message}` };
      this.#files.set(file, { stamp: "", objects: before?.objects ?? [], issues: [issue] });
    }
  }

  /** A file that is being written, or was cut short, must not look like a deletion. */
  #judge(file: string, { stamp, text }: { stamp: string; text: string }): ReadFile {
    const before = this.#files.get(file)?.objects ?? [];
    const { objects, problems } = parseManifest(file, text);
    const written = objects.filter(({ raw }) => raw !== null);
    const issues: SourceIssue[] = [
      ...problems.map(({ line, message }) => ({ file, line, message })),
      ...written.filter(({ raw }) => !isNamed(raw)).map(({ line }) => ({
        file,
        line,
        message: "is no Kubernetes object with a kind and a name",
      })),
    ];
    if (issues.length === 0 && written.length === 0 && before.length > 0) {
      issues.push({ file, line: 1, message: "is empty: its objects stay until it is deleted" });
    }
    return { stamp, issues, objects: issues.length > 0 ? before : written };
  }

  /** The first file by name has an object that stands twice. */
  #join(): { objects: Objects; duplicates: SourceIssue[] } {
    const objects = new Map<Kind, Map<string, Entry>>(KINDS.map((kind) => [kind, new Map()]));
    const duplicates: SourceIssue[] = [];
    const inOrder = [...this.#files].sort(([a], [b]) => a < b ? -1 : 1);
    for (const { raw, file, line } of inOrder.flatMap(([, read]) => read.objects)) {
      const { kind, key } = headOf(raw);
      const ofKind = objects.get(kind as Kind);
      const name = nameOf(key);
      if (!ofKind) continue; // some other object: manifests may hold more than is ours
      if (!ofKind.has(name)) ofKind.set(name, { key, raw });
      else duplicates.push({ file, line, message: `has ${kind} "${name}" for a second time` });
    }
    return { objects, duplicates };
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}

function within(file: string, folders: ReadonlySet<string>): boolean {
  return [...folders].some((folder) => file === folder || file.startsWith(`${folder}/`));
}

function isNamed(raw: unknown): boolean {
  const { kind, metadata } = Object(raw) as Head;
  return typeof kind === "string" && typeof metadata?.name === "string";
}

function headOf(raw: unknown): { kind: unknown; key: ObjectKey } {
  const { kind, metadata } = raw as Head;
  const name = String(metadata?.name);
  if (kind !== "Pod") return { kind, key: { name } };
  const namespace = typeof metadata?.namespace === "string"
    ? metadata.namespace
    : DEFAULT_NAMESPACE;
  return { kind, key: { namespace, name } };
}

export function nameOf({ namespace, name }: ObjectKey): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
