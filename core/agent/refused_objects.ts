/** What is wrong with objects that are refused: conditions of TrafficControls, lines about Pods and Namespaces. @module */
import { type Condition, condition } from "../contracts/condition.ts";
import type { Kind } from "../contracts/mod.ts";
import type { RefusedObject } from "../objects/parse.ts";

/** An object in a line for people. */
export const named = (kind: Kind, name: string) => `${kind} "${name}"`;

/** A problem in a line: the place in the object, and what is wrong there. */
export const problemLines = ({ problems }: Pick<RefusedObject, "problems">): string[] =>
  problems.map(({ path, message }) => `${path}: ${message}`);

export class RefusedObjects {
  readonly #invalid = new Map<string, readonly Condition[]>();
  readonly #others = new Map<string, readonly string[]>();

  readonly #leftOut = new Map<string, string>();

  /** Conditions of the refused TrafficControls, by name. */
  get invalid(): ReadonlyMap<string, readonly Condition[]> {
    return this.#invalid;
  }

  /** A line for each problem of a refused Pod or Namespace, and for each one of which something is not read. */
  lines(): string[] {
    const refused = [...this.#others].flatMap(([object, messages]) =>
      messages.map((message) => `${object}: ${message}`)
    );
    return [...refused, ...[...this.#leftOut].map(([object, what]) => `${object}: ${what}`)];
  }

  /** Notes what is not read of an object, as it is too large; nothing if all of it is. */
  setLeftOut(kind: Kind, name: string, what: string | undefined): void {
    if (what === undefined) this.#leftOut.delete(named(kind, name));
    else this.#leftOut.set(named(kind, name), what);
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
