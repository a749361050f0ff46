/**
 * Which annotations of Pods are kept. Anybody who may write a Pod may write 250 KB of annotations, which the agent would
 * keep in memory and on disk for each Pod: only those count that a resolver reads, within limits. All labels are kept: a
 * Pod could push out the one that selects it, and so leave a TrafficControl. The API server limits their size. Pure.
 * @module
 */
import { foreign } from "../base/foreign_text.ts";
import { LIMITS } from "../base/limits.ts";
import type { Resolver } from "../contracts/mod.ts";
import { OWN_ANNOTATIONS } from "./names.ts";
import { POD_ANNOTATIONS } from "./pod.ts";
import { fieldsOf, isFields } from "./validate.ts";

/** In a declared key it stands for any text. It is at the beginning. */
const ANY = "*";

/** An object with the annotations that are kept. */
export interface Kept {
  readonly raw: unknown;
  /** What is left out although it would have been read: the end of a sentence for each limit that is exceeded. */
  readonly leftOut: readonly string[];
}

/** Reduces objects to what is read of them. */
export class KeptMetadata {
  readonly #keys: ReadonlySet<string>;
  readonly #ends: readonly string[];

  /** A resolver that does not say which annotations it reads may read any. */
  constructor(resolvers: readonly Pick<Resolver, "annotations" | "trustedAnnotations">[]) {
    const declared = resolvers.flatMap((
      { annotations = [ANY], trustedAnnotations = [] },
    ) => [...annotations, ...trustedAnnotations]);
    this.#keys = new Set([...POD_ANNOTATIONS, ...declared.filter((key) => !key.startsWith(ANY))]);
    this.#ends = declared.filter((key) => key.startsWith(ANY)).map((key) => key.slice(ANY.length));
  }

  /** Whether this reads an annotation that `other` does not. */
  readsMoreThan(other: KeptMetadata): boolean {
    const isNew = (end: string) => !other.#ends.some((known) => end.endsWith(known));
    return [...this.#keys].some((key) => !other.#reads(key)) || this.#ends.some(isNew);
  }

  /** Keys of Sluice's own are always read, as an unknown one is told: it is most likely misspelled. */
  #reads(key: string): boolean {
    return this.#keys.has(key) || key.startsWith(OWN_ANNOTATIONS) ||
      this.#ends.some((end) => key.endsWith(end));
  }

  /** @param raw A Pod or a Namespace, unchecked. */
  reduce(raw: unknown): Kept {
    const { metadata } = fieldsOf(raw);
    const { annotations } = fieldsOf(metadata);
    const { value, leftOut } = this.#annotations(annotations);
    if (value === annotations) return { raw, leftOut: [] };
    const reduced = {
      ...fieldsOf(raw),
      metadata: { ...fieldsOf(metadata), annotations: value },
    };
    return { raw: reduced, leftOut };
  }

  /** Keys that are named come first, and then what is short, so that what is needed is not kept out by others. */
  #annotations(given: unknown): Reduced {
    if (!isFields(given)) return { value: given, leftOut: [] };
    const lengthOf = (key: string, text = given[key]) =>
      key.length + (typeof text === "string" ? text.length : 0);
    const read = Object.keys(given).filter((key) => this.#reads(key))
      .map((key) => ({ key, length: lengthOf(key), isNamed: this.#keys.has(key) }));
    const inOrder = read.sort((one, other) =>
      Number(other.isNamed) - Number(one.isNamed) || one.length - other.length
    );
    const value: Record<string, unknown> = {};
    const leftOut: string[] = [];
    let size = 0;
    for (const { key, length } of inOrder) {
      if (length > LIMITS.annotation || size + length > LIMITS.annotations) {
        leftOut.push(`annotation ${foreign(key)} is too large, and not read: ${length} characters`);
      } else {
        size += length;
        value[key] = given[key];
      }
    }
    return { value, leftOut: leftOut.slice(0, 1) };
  }
}

interface Reduced {
  readonly value: unknown;
  readonly leftOut: readonly string[];
}
