/** One class per error string of RFC 7047; whether trying again can help is in the class. @module */
import { NotConnectedError, SluiceError, TerminalError } from "../errors.ts";
import { isObject, type Json } from "./notation.ts";
import type { Operation } from "./transaction.ts";

/** What the server said, and of what. */
export interface Failure {
  /** The error string, such as `constraint violation`. */
  readonly code: string;
  /** The server's explanation; empty when it gave none. */
  readonly details: string;
  /** The operation that failed; absent when the commit or the whole request did. */
  readonly operation?: Operation;
  /** Where the operation stands in its transaction. */
  readonly index?: number;
}

/** An error of the server that may go away by itself or with newer data. Base of the retried ones. */
export class OvsdbError extends SluiceError {
  override readonly name: string = "OvsdbError";

  /** @param failure What the server said. */
  constructor(message: string, readonly failure: Failure) {
    super(message);
  }
}

/** An error of the server that comes again for the same request. Base of the terminal ones. */
export class OvsdbTerminalError extends TerminalError {
  override readonly name: string = "OvsdbTerminalError";

  /** @param failure What the server said. */
  constructor(message: string, readonly failure: Failure) {
    super(message);
  }
}

/** A value or the rows together break the schema, such as a name that another row has. */
export class ConstraintViolationError extends OvsdbError {
  override readonly name = "ConstraintViolationError";
}

/** A row that does not exist is referred to, or one that is referred to would be deleted. */
export class ReferentialIntegrityError extends OvsdbError {
  override readonly name = "ReferentialIntegrityError";
}

/** What a `wait` looked for was not so: as a guard, the database is not what was assumed. */
export class WaitTimedOutError extends OvsdbError {
  override readonly name = "WaitTimedOutError";
}

/** The server is out of memory or the like. */
export class ResourcesExhaustedError extends OvsdbError {
  override readonly name = "ResourcesExhaustedError";
}

/** The server could not write its file. */
export class InputOutputError extends OvsdbError {
  override readonly name = "InputOutputError";
}

/** The transaction asked for its own end by `abort`. */
export class AbortedError extends OvsdbError {
  override readonly name = "AbortedError";
}

/** The request was taken back by `cancel`. */
export class CanceledError extends OvsdbError {
  override readonly name = "CanceledError";
}

/** Another client holds the lock that an `assert` names. */
export class NotOwnerError extends OvsdbError {
  override readonly name = "NotOwnerError";
}

/** The request has a form that the server does not know; ovsdb-server says it of unknown tables, too. */
export class OvsdbSyntaxError extends OvsdbTerminalError {
  override readonly name = "OvsdbSyntaxError";
}

/** The server does not have the database. */
export class UnknownDatabaseError extends OvsdbTerminalError {
  override readonly name = "UnknownDatabaseError";
}

/** The database does not have the table. */
export class UnknownTableError extends OvsdbTerminalError {
  override readonly name = "UnknownTableError";
}

/** The table does not have the column. */
export class UnknownColumnError extends OvsdbTerminalError {
  override readonly name = "UnknownColumnError";
}

/** There is no such monitor on this connection. */
export class UnknownMonitorError extends OvsdbTerminalError {
  override readonly name = "UnknownMonitorError";
}

/** The server does not know the method. */
export class UnknownMethodError extends OvsdbTerminalError {
  override readonly name = "UnknownMethodError";
}

/** Two inserts of one transaction have the same `uuid-name`. */
export class DuplicateUuidNameError extends OvsdbTerminalError {
  override readonly name = "DuplicateUuidNameError";
}

/** Division by zero in a mutation. */
export class DomainError extends OvsdbTerminalError {
  override readonly name = "DomainError";
}

/** The result of a mutation is out of the column's range. */
export class ValueRangeError extends OvsdbTerminalError {
  override readonly name = "ValueRangeError";
}

/** The server cannot do that, such as a durable commit. */
export class NotSupportedError extends OvsdbTerminalError {
  override readonly name = "NotSupportedError";
}

/** The server's role-based access control forbids it: ovsdb(7), "permission error". */
export class PermissionError extends OvsdbTerminalError {
  override readonly name = "PermissionError";
}

/** Committed to the database, but ovs-vswitchd has not applied it in time. */
export class VswitchdTimeoutError extends NotConnectedError {
  override readonly name = "VswitchdTimeoutError";
}

type FailureClass = new (message: string, failure: Failure) => OvsdbError | OvsdbTerminalError;

/** Classes by error string: RFC 7047 sections 3.1, 4.1 and 5.2, and what ovsdb-server adds. */
export const ERROR_CLASSES: ReadonlyMap<string, FailureClass> = new Map<string, FailureClass>([
  ["constraint violation", ConstraintViolationError],
  ["referential integrity violation", ReferentialIntegrityError],
  ["timed out", WaitTimedOutError],
  ["resources exhausted", ResourcesExhaustedError],
  ["I/O error", InputOutputError],
  ["aborted", AbortedError],
  ["canceled", CanceledError],
  ["not owner", NotOwnerError],
  ["syntax error", OvsdbSyntaxError],
  ["unknown database", UnknownDatabaseError],
  ["unknown table", UnknownTableError],
  ["unknown column", UnknownColumnError],
  ["unknown monitor", UnknownMonitorError],
  ["unknown method", UnknownMethodError],
  ["duplicate uuid-name", DuplicateUuidNameError],
  ["domain error", DomainError],
  ["range error", ValueRangeError],
  ["not supported", NotSupportedError],
  ["permission error", PermissionError],
]);

/** What failed: the method, and in a transaction the operation. */
export interface FailureContext {
  readonly method: string;
  readonly operation?: Operation;
  readonly index?: number;
}

/**
 * The error for what the server put in place of a result.
 *
 * @param wire A string or `{"error": string, "details": string}`.
 */
export function toOvsdbError(
  wire: Json,
  { method, ...where }: FailureContext,
): OvsdbError | OvsdbTerminalError {
  const said = isObject(wire) ? wire : { error: wire };
  const code = typeof said.error === "string" ? said.error : JSON.stringify(said.error ?? wire);
  const details = typeof said.details === "string" ? said.details.replace(/\.$/, "") : "";
  const { operation } = where;
  const what = operation?.table
    ? `${operation.op} in table "${operation.table}"`
    : `run "${operation?.op ?? method}"`;
  const message = `Cannot ${what}: ${code}${details && `: ${details}`}`;
  return new (ERROR_CLASSES.get(code) ?? OvsdbError)(message, { code, details, ...where });
}
