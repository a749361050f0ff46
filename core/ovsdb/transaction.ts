/** The operations of a transaction as plain data: RFC 7047 section 5.2. @module */
import { encodeValue, type Value } from "./notation.ts";

/** Values of columns by name. */
export type Row = Readonly<Record<string, Value>>;
/** A condition that a row meets: RFC 7047 section 5.1, `<condition>`. */
export type Condition = readonly [
  column: string,
  test: "==" | "!=" | "includes" | "excludes",
  value: Value,
];
/** A row is meant if it meets all conditions. */
export type Where = readonly Condition[];
/** A change of a column that depends on its value: RFC 7047 section 5.1, `<mutation>`. */
export type Mutation = readonly [
  column: string,
  mutator: "insert" | "delete" | "+=" | "-=",
  value: Value,
];

/** An operation in the form of RFC 7047, to be sent as JSON. */
export interface Operation {
  readonly op: string;
  readonly table?: string;
  readonly [member: string]: unknown;
}

const encodeRow = (row: Row) =>
  Object.fromEntries(Object.entries(row).map(([column, value]) => [column, encodeValue(value)]));
const encodeTriples = (triples: readonly (readonly [string, string, Value])[]) =>
  triples.map(([column, verb, value]) => [column, verb, encodeValue(value)]);

/** Adds a row. @param uuidName The name of the row for `namedUuid` in the same transaction: an identifier. */
export function insert(table: string, row: Row, uuidName?: string): Operation {
  return { op: "insert", table, row: encodeRow(row), ...(uuidName && { "uuid-name": uuidName }) };
}

/** Asks for rows. @param columns The columns that the result has; all if absent. */
export function select(table: string, where: Where, columns?: readonly string[]): Operation {
  return { op: "select", table, where: encodeTriples(where), ...(columns && { columns }) };
}

/** Sets columns of rows. */
export function update(table: string, where: Where, row: Row): Operation {
  return { op: "update", table, where: encodeTriples(where), row: encodeRow(row) };
}

/** Changes columns of rows depending on their values. */
export function mutate(table: string, where: Where, mutations: readonly Mutation[]): Operation {
  return { op: "mutate", table, where: encodeTriples(where), mutations: encodeTriples(mutations) };
}

/** Removes rows. */
export function remove(table: string, where: Where): Operation {
  return { op: "delete", table, where: encodeTriples(where) };
}

/** Puts a text into the database's log. */
export function comment(text: string): Operation {
  return { op: "comment", comment: text };
}

/**
 * Lets the transaction fail unless the rows that `where` selects are these rows now (`==`), or are not (`!=`). Only the
 * columns that `rows` name are compared.
 */
export function wait(
  table: string,
  where: Where,
  { until, rows }: { readonly until: "==" | "!="; readonly rows: readonly Row[] },
): Operation {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return {
    op: "wait",
    table,
    timeout: 0,
    where: encodeTriples(where),
    columns: columns.length > 0 ? columns : ["_uuid"],
    until,
    rows: rows.map(encodeRow),
  };
}
