/** The state as the page knows it: whole events replace it, changes are applied to it. Pure. @module */
import { keyOf, LISTS } from "../core/report/state_changes.ts";
import type { FieldChange, ItemChange } from "../core/report/state_changes.ts";
import type { Change, Item, Mode, Whole } from "./types.ts";

export class Store {
  mode: Mode = "node";
  /** When the state was read: milliseconds since 1970; 0 before the first one. */
  at = 0;
  #fields: Item = {};
  readonly #lists = new Map<string, Map<string, Item>>();
  /** The lists as arrays, made when they are asked for. */
  readonly #arrays = new Map<string, readonly Item[]>();

  replace({ mode, at, state }: Whole): void {
    [this.mode, this.at] = [mode, at];
    this.#lists.clear();
    this.#arrays.clear();
    const rest = { ...state };
    for (const list of LISTS) {
      const items = state[list];
      if (!Array.isArray(items)) continue;
      this.#lists.set(list, new Map(items.map((item) => [keyOf(item), item])));
      delete rest[list];
    }
    this.#fields = rest;
  }

  apply({ at, lists = {}, ...fields }: Change): void {
    this.at = at;
    this.#fields = changed(this.#fields, fields);
    for (const [list, { changed = [], deleted = [] }] of Object.entries(lists)) {
      const items = this.#lists.get(list) ?? new Map<string, Item>();
      for (const change of changed) items.set(change.key, changedItem(items, change));
      for (const key of deleted) items.delete(key);
      this.#lists.set(list, items);
      this.#arrays.delete(list);
    }
  }

  field<Value>(name: string): Value | undefined {
    return this.#fields[name] as Value | undefined;
  }

  /** The items of a list, sorted by their keys. The same array until one of them changes. */
  list<Value>(name: string): readonly Value[] {
    const known = this.#arrays.get(name);
    if (known) return known as readonly Value[];
    const sorted = [...this.#lists.get(name) ?? []].sort(([one], [other]) => one < other ? -1 : 1);
    const items = sorted.map(([, item]) => item);
    this.#arrays.set(name, items);
    return items as readonly Value[];
  }
}

function changed(item: Item, { set = {}, unset = [] }: FieldChange): Item {
  const next: Record<string, unknown> = { ...item, ...set };
  for (const field of unset) delete next[field];
  return next;
}

function changedItem(items: ReadonlyMap<string, Item>, change: ItemChange): Item {
  return changed(items.get(change.key) ?? {}, change);
}
