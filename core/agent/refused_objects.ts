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

  /** Conditions of the refused TrafficControls, by name. */
  get invalid(): ReadonlyMap<string, readonly Condition[]> {
    return this.#invalid;
  }

  /** A line for each problem of a refused Pod or Namespace. */
  lines(): string[] {
    return [...this.#others].flatMap(([object, messages]) =>
      messages.map((message) => `${object}: ${message}`)
    );
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
