/** Keeps the last good state of each object over a restart of the agent: the intake's part of the memory. @module */
import type { Kind, Memory } from "../contracts/mod.ts";

/** What a source says of an object. */
interface Told {
  readonly source: string;
  readonly raw: unknown;
}

/** `metadata.uid`, which tells an object from an earlier one of the same name. Objects in files have none. */
function uidOf(raw: unknown): unknown {
  return (Object(raw) as { readonly metadata?: { readonly uid?: unknown } }).metadata?.uid;
}

export class LastGood {
  readonly #memory: Memory | undefined;
  /** Sources have rooms of their own, if there are several. */
  readonly #isOnly: boolean;

  /** @param sources Names of all sources. */
  constructor(memory: Memory | undefined, sources: readonly string[]) {
    this.#memory = memory;
    this.#isOnly = sources.length === 1;
  }

  #key(kind: Kind, name: string, source: string): string {
    const key = `${kind}/${name}`;
    return this.#isOnly ? key : `${source} ${key}`;
  }

  /**
   * The object as it was last accepted, from this run of the agent or an earlier one; nothing if it never was, or if it
   * was another object of that name.
   *
   * @param now The object as it is.
   */
  get(kind: Kind, name: string, now: Told): unknown {
    const last = this.#memory?.get(this.#key(kind, name, now.source));
    return uidOf(last) === uidOf(now.raw) ? last : undefined;
  }
  set(kind: Kind, name: string, { source, raw }: Told): void {
    this.#memory?.set(this.#key(kind, name, source), raw);
  }
  delete(kind: Kind, name: string, source: string): void {
    this.#memory?.delete(this.#key(kind, name, source));
  }

  /**
   * Removes all objects of a kind that their source does not list. They were deleted while the agent did not run, so a
   * later object of the same name must not get their state.
   */
  keepOnly(kind: Kind, source: string, names: ReadonlySet<string>): void {
    const prefix = this.#key(kind, "", source);
    for (const key of this.#memory?.keys() ?? []) {
      if (!key.startsWith(prefix) || names.has(key.slice(prefix.length))) continue;
      this.#memory!.delete(key);
    }
  }
}
