/** Objects as they came, by the source that lists them: what one source does not list, another may. @module */
import type { Kind } from "../contracts/mod.ts";

/** Kinds in the order in which they are followed. */
export const KINDS: readonly Kind[] = ["TrafficControl", "Namespace", "Pod"];

/** One object of each name counts: that of the first source that lists it, in the order in which they are set. */
export class KnownObjects {
  readonly #sources: readonly string[];
  /** Objects by kind, name and source. */
  readonly #objects = new Map<Kind, Map<string, Map<string, unknown>>>(
    KINDS.map((kind) => [kind, new Map()]),
  );

  /** @param sources Their names, the one that counts first in front. */
  constructor(sources: readonly string[]) {
    this.#sources = sources;
  }

  #of(kind: Kind): Map<string, Map<string, unknown>> {
    return this.#objects.get(kind)!;
  }

  set(kind: Kind, name: string, { source, raw }: { source: string; raw: unknown }): void {
    const objects = this.#of(kind);
    objects.set(name, (objects.get(name) ?? new Map<string, unknown>()).set(source, raw));
  }

  /** The source does not list it any more. */
  delete(kind: Kind, name: string, source: string): void {
    const bySource = this.#of(kind).get(name);
    bySource?.delete(source);
    if (bySource?.size === 0) this.#of(kind).delete(name);
  }

  /** Names of what the source lists. */
  namesOf(kind: Kind, source: string): string[] {
    return [...this.#of(kind)].filter(([, bySource]) => bySource.has(source)).map(([name]) => name);
  }

  has(kind: Kind, name: string): boolean {
    return this.#of(kind).has(name);
  }

  /** The source whose object counts; nothing if none lists the name. */
  sourceOf(kind: Kind, name: string): string | undefined {
    const bySource = this.#of(kind).get(name);
    return bySource && this.#sources.find((source) => bySource.has(source));
  }

  /** The object that counts. */
  get(kind: Kind, name: string): unknown {
    const source = this.sourceOf(kind, name);
    return source === undefined ? undefined : this.#of(kind).get(name)!.get(source);
  }

  /** All objects of the kind that count. */
  all(kind: Kind): unknown[] {
    return [...this.#of(kind).keys()].map((name) => this.get(kind, name));
  }

  /** Objects that more than one source lists, a line each. */
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
