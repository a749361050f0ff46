/** Operations of a transaction as plain data (RFC 7047 section 5.2). @module */
import { encodeValue, type Value } from "./notation.ts";

export type Row = Readonly<Record<string, Value>>;
/** Column, function, value: section 5.1, `<condition>`. */
export type Condition = readonly [
  column: string,
  test: "==" | "!=" | "includes" | "excludes",
  value: Value,
];
export type Where = readonly Condition[];
/** Column, mutator, value: section 5.1, `<mutation>`. */
export type Mutation = readonly [
  column: string,
  mutator: "insert" | "delete" | "+=" | "-=",
  value: Value,
];

/** In the form of the wire. */
export interface Operation {
  readonly op: string;
  readonly table?: string;
  readonly [member: string]: unknown;
}

const encodeRow = (row: Row) =>
  Object.fromEntries(Object.entries(row).map(([column, value]) => [column, encodeValue(value)]));
const encodeTriples = (triples: readonly (readonly [string, string, Value])[]) =>
  triples.map(([column, verb, value]) => [column, verb, encodeValue(value)]);

/** @param uuidName For `namedUuid` in the same transaction; an identifier. */
export function insert(table: string, row: Row, uuidName?: string): Operation {
  return { op: "insert", table, row: encodeRow(row), ...(uuidName && { "uuid-name": uuidName }) };
}
export function select(table: string, where: Where, columns?: readonly string[]): Operation {
  return { op: "select", table, where: encodeTriples(where), ...(columns && { columns }) };
}
export function update(table: string, where: Where, row: Row): Operation {
  return { op: "update", table, where: encodeTriples(where), row: encodeRow(row) };
}
export function mutate(table: string, where: Where, mutations: readonly Mutation[]): Operation {
  return { op: "mutate", table, where: encodeTriples(where), mutations: encodeTriples(mutations) };
}
export function remove(table: string, where: Where): Operation {
  return { op: "delete", table, where: encodeTriples(where) };
}
export function comment(text: string): Operation {
  return { op: "comment", comment: text };
}

/** A guard: the transaction is refused unless the rows are now, or are not, as given. */
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
