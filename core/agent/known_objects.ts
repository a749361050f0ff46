/** Keeps each source's objects apart: what one source does not list any more, another may still list. Pure. @module */
import type { Kind } from "../contracts/mod.ts";

/** The kinds of objects that sources are asked for. */
export const KINDS: readonly Kind[] = ["TrafficControl", "Namespace", "Pod"];

/**
 * All objects as sources gave them, unchecked. If several sources list an object of the same kind and name, that of the
 * source which the operator has named first counts.
 */
export class KnownObjects {
  readonly #sources: readonly string[];
  /** Objects by kind, then by name, then by source. */
  readonly #objects = new Map<Kind, Map<string, Map<string, unknown>>>(
    KINDS.map((kind) => [kind, new Map()]),
  );

  /** @param sources Names of the sources; the one whose objects count comes first. */
  constructor(sources: readonly string[]) {
    this.#sources = sources;
  }

  #of(kind: Kind): Map<string, Map<string, unknown>> {
    return this.#objects.get(kind)!;
  }

  /** Adds or replaces the object of one source. */
  set(kind: Kind, name: string, { source, raw }: { source: string; raw: unknown }): void {
    const objects = this.#of(kind);
    objects.set(name, (objects.get(name) ?? new Map<string, unknown>()).set(source, raw));
  }

  /** Removes the object of one source, because the source does not list it any more. */
  delete(kind: Kind, name: string, source: string): void {
    const bySource = this.#of(kind).get(name);
    bySource?.delete(source);
    if (bySource?.size === 0) this.#of(kind).delete(name);
  }

  /** Names of the objects that the source lists, whether they count or not. */
  namesOf(kind: Kind, source: string): string[] {
    return [...this.#of(kind)].filter(([, bySource]) => bySource.has(source)).map(([name]) => name);
  }

  /** Whether any source lists the object. */
  has(kind: Kind, name: string): boolean {
    return this.#of(kind).has(name);
  }

  /** Name of the source whose object counts; nothing if no source lists the object. */
  sourceOf(kind: Kind, name: string): string | undefined {
    const bySource = this.#of(kind).get(name);
    return bySource && this.#sources.find((source) => bySource.has(source));
  }

  /** The object that counts; nothing if no source lists it. */
  get(kind: Kind, name: string): unknown {
    const source = this.sourceOf(kind, name);
    return source === undefined ? undefined : this.#of(kind).get(name)!.get(source);
  }

  /** All objects of a kind that count. */
  all(kind: Kind): unknown[] {
    return [...this.#of(kind).keys()].map((name) => this.get(kind, name));
  }

  /** One line for each object that more than one source lists. */
  shared(): string[] {
    if (this.#sources.length < 2) return [];
    return KINDS.flatMap((kind) =>
      [...this.#of(kind)].filter(([, bySource]) => bySource.size > 1).map(([name, bySource]) => {
        const sources = this.#sources.filter((source) => bySource.has(source));
        return `${kind} "${name}": sources ${sources.join(" and ")} list it: ` +
          `that of source ${sources[0]} counts`;
      })
    );
  }
}
