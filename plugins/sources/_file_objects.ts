/** The objects of all files of a folder. What a change of a file costs does not depend on how many there are. @module */
import { isDeepStrictEqual } from "node:util";
import { type Kind, KINDS, type ObjectKey, type SourceIssue } from "../../core/api.ts";

/** An object and its place. */
export interface Written {
  readonly kind: string;
  readonly key: ObjectKey;
  readonly raw: unknown;
  readonly file: string;
  readonly line: number;
}

/** The objects that count, by kind, then by namespace and name. */
export type Objects = ReadonlyMap<Kind, ReadonlyMap<string, Written>>;

/** An object of a name counts now in place of another one, or of none; or none does any more. */
export interface ObjectChange {
  readonly kind: Kind;
  readonly before: Written | undefined;
  readonly after: Written | undefined;
}

/** A file's objects before, and from now on. */
export interface FileChange {
  readonly before: readonly Written[];
  readonly after: readonly Written[];
}

/** If an object is in several files, the one in the first file by name counts. */
export class FileObjects {
  readonly #counting = new Map(KINDS.map((kind) => [kind, new Map<string, Written>()]));
  /** By kind and name: those that do not count, as another one does; the first to take its place is in front. */
  readonly #others = new Map<string, readonly Written[]>();

  get counting(): Objects {
    return this.#counting;
  }

  /** Takes over changed files. @returns What differs; deletions come first. */
  replace(files: readonly FileChange[]): ObjectChange[] {
    const before = new Map<string, Written | undefined>();
    const touched = files.flatMap(({ before, after }) => [...before, ...after]).filter(isRead);
    for (const object of touched) {
      const id = idOf(object);
      if (!before.has(id)) before.set(id, this.#find(object));
    }
    for (const file of files) for (const object of file.before.filter(isRead)) this.#remove(object);
    for (const file of files) for (const object of file.after.filter(isRead)) this.#add(object);
    const changes = touched.flatMap((object) => {
      const id = idOf(object);
      if (!before.has(id)) return [];
      const change = { kind: object.kind, before: before.get(id), after: this.#find(object) };
      before.delete(id); // Each object once
      // Of a file with many objects that is written again, few have changed.
      return isDeepStrictEqual(change.before?.raw, change.after?.raw) ? [] : [change];
    });
    const isGone = ({ after }: ObjectChange) => after === undefined;
    return [...changes.filter(isGone), ...changes.filter((change) => !isGone(change))];
  }

  /** A warning for each object that does not count. */
  duplicates(): SourceIssue[] {
    return [...this.#others.values()].flat().map((object) => {
      const { kind, key, file, line } = object;
      const message = `${kind} "${nameOf(key)}" stands in ${this.#find(object)!.file}`;
      return { file, line, message, warning: true };
    });
  }

  #find({ kind, key }: Written): Written | undefined {
    return this.#counting.get(kind as Kind)!.get(nameOf(key));
  }

  #add(object: Written): void {
    const first = this.#find(object);
    if (!first) return void this.#place(object);
    const [counting, ...others] = inOrder([
      first,
      ...this.#others.get(idOf(object)) ?? [],
      object,
    ]);
    this.#place(counting!);
    this.#others.set(idOf(object), others);
  }

  #remove(object: Written): void {
    const id = idOf(object);
    const others = this.#others.get(id) ?? [];
    const isCounting = this.#find(object) === object;
    const left = isCounting ? others.slice(1) : others.filter((other) => other !== object);
    if (left.length > 0) this.#others.set(id, left);
    else this.#others.delete(id);
    if (!isCounting) return;
    if (others[0]) this.#place(others[0]);
    else this.#counting.get(object.kind as Kind)!.delete(nameOf(object.key));
  }

  #place(object: Written): void {
    this.#counting.get(object.kind as Kind)!.set(nameOf(object.key), object);
  }
}

/** By name of the file. Those of one file stay as they stand in it. */
function inOrder(objects: Written[]): Written[] {
  return objects.sort(({ file: one }, { file: other }) => one === other ? 0 : one < other ? -1 : 1);
}

/** Whether Sluice reads objects of that kind. */
export function isRead<T extends { readonly kind: string }>(
  object: T,
): object is T & { readonly kind: Kind } {
  return KINDS.some((known) => known === object.kind);
}

const idOf = ({ kind, key }: Written) => `${kind} ${nameOf(key)}`;

function nameOf({ namespace, name }: ObjectKey): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
