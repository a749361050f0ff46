/** A copy of the watched tables, kept up to date by the server's updates. @module */
import { ProtocolError } from "../base/errors.ts";
import { decodeValue, type Read, type Uuid } from "./notation.ts";
import { type RawRow, readRow, type RowOf, SCHEMA, type Table, TABLES } from "./schema.ts";

/** A row that was added, changed or removed. */
export type RowChange = {
  [T in Table]: {
    readonly table: T;
    readonly uuid: Uuid;
    /** The row as it was. Absent for a new row. */
    readonly before?: RowOf<T>;
    /** The row as it is. Absent for a row that was removed. */
    readonly after?: RowOf<T>;
  };
}[Table];

interface Entry {
  readonly raw: RawRow;
  readonly row: RowOf<Table>;
}

/** The update of one row: it is decoded, and not yet in the cache. */
interface Step {
  readonly table: Table;
  readonly uuid: Uuid;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

type Update2 = { initial?: unknown; insert?: unknown; modify?: unknown; delete?: unknown };

/** The rows of the watched tables, with indexes for the look-ups that are frequent. */
export class Cache {
  #tables = new Map<Table, Map<Uuid, Entry>>(TABLES.map((table) => [table, new Map()]));
  #interfaceByName = new Map<string, Uuid>();
  #bridgeByName = new Map<string, Uuid>();
  #portOfInterface = new Map<Uuid, Uuid>();
  #bridgeOfPort = new Map<Uuid, Uuid>();

  /** The row with that UUID, if the table has it. */
  get<T extends Table>(table: T, uuid: Uuid): RowOf<T> | undefined {
    return this.#tables.get(table)!.get(uuid)?.row as RowOf<T> | undefined;
  }

  /** All rows of a table. */
  *all<T extends Table>(table: T): Generator<RowOf<T>> {
    for (const { row } of this.#tables.get(table)!.values()) yield row as RowOf<T>;
  }

  /** The UUID of the interface with that name. */
  interfaceUuid(name: string): Uuid | undefined {
    return this.#interfaceByName.get(name);
  }
  /** The UUID of the bridge with that name. */
  bridgeUuid(name: string): Uuid | undefined {
    return this.#bridgeByName.get(name);
  }
  /** The UUID of the port that the interface belongs to. */
  portOfInterface(uuid: Uuid): Uuid | undefined {
    return this.#portOfInterface.get(uuid);
  }
  /** The UUID of the bridge that the port belongs to. */
  bridgeOfPort(uuid: Uuid): Uuid | undefined {
    return this.#bridgeOfPort.get(uuid);
  }

  /**
   * Takes over table updates. They have the form of `update2` and `update3`: ovsdb-server(7), section 4.1.14.
   *
   * @returns The rows that changed, in the order of the updates.
   * @throws {ProtocolError} If they do not fit the rows of the cache, which then stays as it was.
   */
  apply(updates: unknown): RowChange[] {
    const steps: Step[] = [];
    for (const [name, rows] of Object.entries(Object(updates))) {
      if (!Object.hasOwn(SCHEMA, name)) continue;
      for (const [uuid, update] of Object.entries(Object(rows))) {
        steps.push(this.#step(name as Table, uuid, Object(update)));
      }
    }
    // All updates are decoded before the first one is taken over, so that a refused one leaves the cache as it was.
    const changes = steps.map((step) => this.#take(step));
    for (const change of changes) this.#unindex(change);
    for (const change of changes) this.#index(change);
    return changes;
  }

  /**
   * Replaces all rows by those of a snapshot, in the form that `apply` takes.
   *
   * @returns The rows that differ.
   */
  replace(snapshot: unknown): RowChange[] {
    const fresh = new Cache();
    fresh.apply(snapshot);
    const changes = TABLES.flatMap((table) => this.#differences(table, fresh));
    this.#tables = fresh.#tables;
    this.#interfaceByName = fresh.#interfaceByName;
    this.#bridgeByName = fresh.#bridgeByName;
    this.#portOfInterface = fresh.#portOfInterface;
    this.#bridgeOfPort = fresh.#bridgeOfPort;
    return changes;
  }

  #differences(table: Table, fresh: Cache): RowChange[] {
    const [old, now] = [this.#tables.get(table)!, fresh.#tables.get(table)!];
    const uuids = new Set([...old.keys(), ...now.keys()]);
    return [...uuids].flatMap((uuid) => {
      const [before, after] = [old.get(uuid)?.row, now.get(uuid)?.row];
      if (JSON.stringify(before) === JSON.stringify(after)) return [];
      return [{ table, uuid, ...(before && { before }), ...(after && { after }) } as RowChange];
    });
  }

  #step(table: Table, uuid: Uuid, update: Update2): Step {
    const before = this.#tables.get(table)!.get(uuid);
    return { table, uuid, before, after: this.#next(table, uuid, { before, update }) };
  }

  #take({ table, uuid, before, after }: Step): RowChange {
    const entries = this.#tables.get(table)!;
    if (after) entries.set(uuid, after);
    else entries.delete(uuid);
    return {
      table,
      uuid,
      ...(before && { before: before.row }),
      ...(after && { after: after.row }),
    } as RowChange;
  }

  #next(
    table: Table,
    uuid: Uuid,
    { before, update }: { before: Entry | undefined; update: Update2 },
  ): Entry | undefined {
    if ("delete" in update) return undefined;
    const whole = update.initial ?? update.insert;
    const columns = Object.entries(Object(whole ?? update.modify))
      .filter(([column]) => Object.hasOwn(SCHEMA[table], column))
      .map(([column, value]) => [column, decodeValue(value)] as const);
    if (whole === undefined && !before) {
      throw new ProtocolError(`Cannot modify row "${uuid}" of table "${table}": it is not known`);
    }
    const raw = new Map<string, Read>(whole === undefined ? before!.raw : []);
    for (const [column, value] of columns) {
      raw.set(
        column,
        whole === undefined ? difference(raw.get(column), value, columnKind(table, column)) : value,
      );
    }
    return { raw, row: readRow(table, uuid, raw) };
  }

  #unindex({ table, before, uuid }: RowChange): void {
    if (!before) return;
    if (table === "Interface" && this.#interfaceByName.get(before.name) === uuid) {
      this.#interfaceByName.delete(before.name);
    } else if (table === "Bridge") {
      if (this.#bridgeByName.get(before.name) === uuid) this.#bridgeByName.delete(before.name);
      forget(this.#bridgeOfPort, before.ports, uuid);
    } else if (table === "Port") forget(this.#portOfInterface, before.interfaces, uuid);
  }

  #index({ table, after, uuid }: RowChange): void {
    if (!after) return;
    if (table === "Interface") this.#interfaceByName.set(after.name, uuid);
    else if (table === "Bridge") {
      this.#bridgeByName.set(after.name, uuid);
      for (const port of after.ports) this.#bridgeOfPort.set(port, uuid);
    } else if (table === "Port") {
      for (const each of after.interfaces) this.#portOfInterface.set(each, uuid);
    }
  }
}

function forget(owners: Map<Uuid, Uuid>, owned: readonly Uuid[], owner: Uuid): void {
  for (const each of owned) if (owners.get(each) === owner) owners.delete(each);
}

/** How a column's update is to be read. */
type Shape = "atom" | "optional" | "set" | "map";

/** @param column One that the schema has. */
function columnKind(table: Table, column: string): Shape {
  const kind = (SCHEMA[table] as Record<string, string>)[column]!;
  if (kind === "map") return "map";
  if (kind.startsWith("optional")) return "optional";
  return kind.endsWith("s") ? "set" : "atom";
}

/**
 * The value after a `modify`: ovsdb-server(7), section 4.1.14. Of a set or a map that may have several elements the
 * update has those that differ: an element that was there is removed, another one is added. All other columns come
 * whole.
 */
function difference(before: Read | undefined, change: Read, shape: Shape): Read {
  if (shape === "map") return mapDifference(before, change);
  if (shape !== "set") return change;
  const items = (value: Read | undefined) =>
    new Set(value === undefined ? [] : value instanceof Set ? value : [value]);
  return items(before).symmetricDifference(items(change)) as Read;
}

function mapDifference(before: Read | undefined, change: Read): Read {
  const result = new Map(before instanceof Map ? before : []);
  for (const [key, value] of change instanceof Map ? change : []) {
    if (result.has(key) && result.get(key) === value) result.delete(key);
    else result.set(key, value);
  }
  return result;
}
