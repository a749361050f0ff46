/** What is wrong with objects that are refused: conditions of TrafficControls, lines about Pods and Namespaces. @module */
import { type Condition, condition } from "../contracts/condition.ts";
import type { Kind } from "../contracts/mod.ts";
import type { RefusedObject } from "../objects/parse.ts";

/** An object in a line for people. */
export const named = (kind: Kind, name: string) => `${kind} "${name}"`;

/** A problem in a line: the place in the object, and what is wrong there. */
export const problemLines = ({ problems }: Pick<RefusedObject, "problems">): string[] =>
  problems.map(({ path, message }) => `${path}: ${message}`);

interface SourcesObject {
  readonly kind: Kind;
  readonly name: string;
  readonly source: string;
}

export class RefusedObjects {
  readonly #invalid = new Map<string, readonly Condition[]>();
  readonly #others = new Map<string, readonly string[]>();
  /** By object, then by source. */
  readonly #leftOut = new Map<string, Map<string, string>>();

  /** Conditions of the refused TrafficControls, by name. */
  get invalid(): ReadonlyMap<string, readonly Condition[]> {
    return this.#invalid;
  }

  /** A line for each problem of a refused Pod or Namespace, and for each one of which something is not read. */
  lines(): string[] {
    const refused = [...this.#others].flatMap(([object, messages]) =>
      messages.map((message) => `${object}: ${message}`)
    );
    const leftOut = [...this.#leftOut].flatMap(([object, bySource]) =>
      [...new Set(bySource.values())].map((what) => `${object}: ${what}`)
    );
    return [...refused, ...leftOut];
  }

  /** Notes what is not read of a source's object, as it is too large; nothing if all of it is. */
  setLeftOut({ kind, name, source }: SourcesObject, what: string | undefined): void {
    const object = named(kind, name);
    if (what !== undefined) {
      this.#leftOut.getOrInsertComputed(object, () => new Map()).set(source, what);
      return;
    }
    const bySource = this.#leftOut.get(object);
    bySource?.delete(source);
    if (bySource?.size === 0) this.#leftOut.delete(object);
  }

  leftOut({ kind, name, source }: SourcesObject): string | undefined {
    return this.#leftOut.get(named(kind, name))?.get(source);
  }

  /** Adds what is wrong with an object; several sources may each have a wrong one of the same name. */
  add(kind: Kind, name: string, refused: RefusedObject): void {
    const messages = problemLines(refused);
    if (kind === "TrafficControl") {
      const conditions = messages.map((line) => condition(refused.reason ?? "Invalid", line));
      this.#invalid.set(name, [...this.#invalid.get(name) ?? [], ...conditions]);
    } else this.#others.set(named(kind, name), messages);
  }

  /** The object is judged again, or gone. */
  delete(kind: Kind, name: string): void {
    this.#others.delete(named(kind, name));
    if (kind === "TrafficControl") this.#invalid.delete(name);
  }
}
