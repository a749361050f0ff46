/**
 * What changes from one state to the next. `GET /api/v1/events` sends it, and the page in the browser applies it. Pure.
 * @module
 */

/** An object of JSON. */
export type Item = Readonly<Record<string, unknown>>;

/** The fields of a state whose items have keys: of such a list, only the items that have changed are sent. */
export const LISTS: readonly string[] = ["trafficControls", "pods", "ports", "sensors", "nodes"];

/** The fields that are new or have another value, and the names of those that are gone. */
export interface FieldChange {
  readonly set?: Item;
  readonly unset?: readonly string[];
}

export interface ItemChange extends FieldChange {
  readonly key: string;
}

export interface ListChange {
  /** Items that are new have all their fields in `set`. */
  readonly changed?: readonly ItemChange[];
  /** Keys of the items that are gone. */
  readonly deleted?: readonly string[];
}

export interface StateChange extends FieldChange {
  /** By the name of the list. */
  readonly lists?: Readonly<Record<string, ListChange>>;
}

/** The key of an item, which no other item of its list has. */
export function keyOf({ bridge = "", namespace = "", name, target, return: back }: Item): string {
  return `${bridge}/${namespace}/${name ?? `${target}>${back}`}`;
}

/** The JSON text of each field. */
type Texts = ReadonlyMap<string, string>;

function textsOf(item: Item): Texts {
  const there = Object.entries(item).filter(([, value]) => value !== undefined);
  return new Map(there.map(([field, value]) => [field, JSON.stringify(value)]));
}

/** Compares each state with the one before. It keeps JSON texts, so a state may change after it was given. */
export class StateChanges {
  #fields: Texts = new Map();
  readonly #lists = new Map<string, ReadonlyMap<string, Texts>>();

  /** What is different from the state that was given before; everything, for the first one. */
  next(state: Item): StateChange {
    const known = LISTS.filter((list) => this.#lists.has(list) || Array.isArray(state[list]));
    const lists = known.flatMap((list) => {
      const items = Array.isArray(state[list]) ? state[list] as readonly Item[] : [];
      const change = this.#listChange(list, items);
      return change ? [[list, change] as const] : [];
    });
    const rest = Object.fromEntries(Object.entries(state).filter(([name]) => !isList(state, name)));
    const fields = textsOf(rest);
    const change = fieldChange({ before: this.#fields, fields, item: rest });
    this.#fields = fields;
    return { ...change, ...(lists.length > 0 && { lists: Object.fromEntries(lists) }) };
  }

  #listChange(list: string, items: readonly Item[]): ListChange | undefined {
    const before = this.#lists.get(list) ?? new Map<string, Texts>();
    const now = new Map<string, Texts>();
    const changed: ItemChange[] = [];
    for (const item of items) {
      const [key, fields] = [keyOf(item), textsOf(item)];
      now.set(key, fields);
      const change = fieldChange({ before: before.get(key), fields, item });
      if (change) changed.push({ key, ...change });
    }
    this.#lists.set(list, now);
    const deleted = [...before.keys()].filter((key) => !now.has(key));
    if (changed.length === 0 && deleted.length === 0) return undefined;
    return { ...(changed.length > 0 && { changed }), ...(deleted.length > 0 && { deleted }) };
  }
}

const isList = (state: Item, name: string) => LISTS.includes(name) && Array.isArray(state[name]);

function fieldChange({ before, fields, item }: {
  readonly before: Texts | undefined;
  readonly fields: Texts;
  readonly item: Item;
}): FieldChange | undefined {
  const set = [...fields].filter(([field, text]) => before?.get(field) !== text)
    .map(([field]) => [field, item[field]]);
  const unset = before ? [...before.keys()].filter((field) => !fields.has(field)) : [];
  if (before && set.length === 0 && unset.length === 0) return undefined;
  return { set: Object.fromEntries(set), ...(unset.length > 0 && { unset }) };
}
