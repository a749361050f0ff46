/** The operations of a transaction, RFC 7047 section 5.2, as plain data. @module */
import {
  encodeValue,
  type Json,
  namedUuid,
  type NamedUuidReference,
  type ReceivedValue,
  type Uuid,
  type Value,
} from "./notation.ts";

/** Comparisons of RFC 7047 section 5.1, `<function>`. */
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=" | "includes" | "excludes";
/** Mutators of RFC 7047 section 5.1, `<mutator>`. */
export type Mutator = "+=" | "-=" | "*=" | "/=" | "%=" | "insert" | "delete";
/** Column, comparison, value. A row is meant when all its conditions hold. */
export type Condition = readonly [column: string, comparison: Comparison, value: Value];
/** Column, mutator, value. */
export type Mutation = readonly [column: string, mutator: Mutator, value: Value];
/** Columns of a row that is written. */
export type RowValues = Readonly<Record<string, Value>>;

/** One operation in the form that is sent. */
export interface Operation {
  readonly op: string;
  readonly table?: string;
  readonly [member: string]: Json;
}

/** What an operation gave: RFC 7047 section 5.2 says which member for which operation. */
export interface OperationResult {
  /** Rows that were changed or deleted. */
  readonly count?: number;
  /** The row that was inserted. */
  readonly uuid?: Uuid;
  /** What was selected. */
  readonly rows?: readonly Readonly<Record<string, ReceivedValue>>[];
}

/** What a {@linkcode wait} looks for. */
export interface WaitOptions {
  readonly until: "==" | "!=";
  readonly rows: readonly RowValues[];
  readonly columns: readonly string[];
  /** Milliseconds; 0 makes it a guard, which fails at once. @default {0} */
  readonly timeout?: number;
}

/** @param uuidName Under which other operations of the transaction refer to the row. */
export function insert(table: string, row: RowValues, uuidName?: string): Operation {
  const name = uuidName === undefined ? {} : { "uuid-name": uuidName };
  return { op: "insert", table, row: encodeRow(row), ...name };
}

/** @param columns All when absent. */
export function select(
  table: string,
  where: readonly Condition[],
  columns?: readonly string[],
): Operation {
  return { op: "select", table, where: encodeAll(where), ...(columns && { columns }) };
}

/** Sets columns of all rows that `where` holds for. */
export function update(table: string, where: readonly Condition[], row: RowValues): Operation {
  return { op: "update", table, where: encodeAll(where), row: encodeRow(row) };
}

/** Changes columns of all rows that `where` holds for, by what they are. */
export function mutate(
  table: string,
  where: readonly Condition[],
  mutations: readonly Mutation[],
): Operation {
  return { op: "mutate", table, where: encodeAll(where), mutations: encodeAll(mutations) };
}

/** The operation `delete`; rows that others refer to go by taking out the reference instead. */
export function remove(table: string, where: readonly Condition[]): Operation {
  return { op: "delete", table, where: encodeAll(where) };
}

/** Fails the transaction unless `columns` of the rows that `where` holds for are `rows`. */
export function wait(table: string, where: readonly Condition[], options: WaitOptions): Operation {
  const { until, columns, timeout = 0 } = options;
  const rows = options.rows.map(encodeRow);
  return { op: "wait", table, where: encodeAll(where), columns, until, rows, timeout };
}

/** A note that goes to the server's log. */
export function comment(text: string): Operation {
  return { op: "comment", comment: text };
}

/** Fails the transaction unless this connection holds the lock. */
export function assert(lock: string): Operation {
  return { op: "assert", lock };
}

/** Operations under way, with names for new rows that do not collide. */
export class Transaction {
  readonly #operations: Operation[] = [];
  #inserts = 0;

  /** So far, in order. */
  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** Appends operations. */
  add(...operations: readonly Operation[]): this {
    this.#operations.push(...operations);
    return this;
  }

  /** Appends an insert. @returns The reference to the new row. */
  insert(table: string, row: RowValues): NamedUuidReference {
    const name = `row${this.#inserts++}`;
    this.#operations.push(insert(table, row, name));
    return namedUuid(name);
  }
}

function encodeRow(row: RowValues): Json {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [column, encodeValue(value)]),
  );
}

function encodeAll(triples: readonly (Condition | Mutation)[]): Json {
  return triples.map(([column, operator, value]) => [column, operator, encodeValue(value)]);
}
