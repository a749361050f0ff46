/** Keeps each source's objects apart: what one source does not list any more, another may still list. Pure. @module */
import type { Kind } from "../contracts/mod.ts";

/** The kinds of objects that sources are asked for. */
export const KINDS: readonly Kind[] = ["TrafficControl", "Namespace", "Pod"];

/**
 * All objects as sources gave them, unchecked. Several sources can list an object of the same kind and name: the intake
 * decides which of them counts.
 */
export class KnownObjects {
  readonly #sources: readonly string[];
  readonly #sourcesOfPods: readonly string[];
  /** Objects by kind, then by name, then by source. */
  readonly #objects = new Map<Kind, Map<string, Map<string, unknown>>>(
    KINDS.map((kind) => [kind, new Map()]),
  );
  /** Names of the objects that more than one source lists, by kind. */
  readonly #shared = new Map<Kind, Set<string>>(KINDS.map((kind) => [kind, new Set()]));

  /**
   * @param sources Names of the sources, in the order in which the operator has named them.
   * @param trusted Those of them whose Pods come before those of the others: otherwise who may write only Pods of another
   * source could take the place of a Pod by making one of its name.
   */
  constructor(sources: readonly string[], trusted: readonly string[]) {
    this.#sources = sources;
    const isTrusted = (source: string) => trusted.includes(source);
    this.#sourcesOfPods = [
      ...sources.filter(isTrusted),
      ...sources.filter((source) => !isTrusted(source)),
    ];
  }

  #of(kind: Kind): Map<string, Map<string, unknown>> {
    return this.#objects.get(kind)!;
  }

  /** Adds or replaces the object of one source. */
  set(kind: Kind, name: string, { source, raw }: { source: string; raw: unknown }): void {
    const bySource = this.#of(kind).getOrInsertComputed(name, () => new Map<string, unknown>());
    bySource.set(source, raw);
    if (bySource.size > 1) this.#shared.get(kind)!.add(name);
  }

  /** Removes the object of one source, because the source does not list it any more. */
  delete(kind: Kind, name: string, source: string): void {
    const bySource = this.#of(kind).get(name);
    bySource?.delete(source);
    if (bySource?.size === 1) this.#shared.get(kind)!.delete(name);
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

  /** Names of the sources that list the object: the one whose object comes first is in front. */
  sourcesOf(kind: Kind, name: string): string[] {
    const bySource = this.#of(kind).get(name);
    const sources = kind === "Pod" ? this.#sourcesOfPods : this.#sources;
    return sources.filter((source) => bySource?.has(source));
  }

  /** The object as the source gave it. */
  get(kind: Kind, name: string, source: string): unknown {
    return this.#of(kind).get(name)?.get(source);
  }

  /** Names of all objects of the kind, whichever source lists them. */
  names(kind: Kind): string[] {
    return [...this.#of(kind).keys()];
  }

  /**
   * One line for each object that more than one source lists.
   *
   * @param counting The source whose object counts; nothing if all of them are refused.
   */
  shared(counting: (kind: Kind, name: string) => string | undefined): string[] {
    return KINDS.flatMap((kind) =>
      [...this.#shared.get(kind)!].map((name) => {
        const sources = this.sourcesOf(kind, name);
        const source = counting(kind, name);
        const counts = source === undefined ? "none counts" : `that of source ${source} counts`;
        return `${kind} "${name}": sources ${sources.join(" and ")} list it: ${counts}`;
      })
    );
  }
}
