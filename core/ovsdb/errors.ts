/** The errors of an OVSDB server: one class for each error string of RFC 7047. @module */
import { SluiceError } from "../base/errors.ts";
import { harmless } from "../base/foreign_text.ts";
import type { Operation } from "./transaction.ts";

/** What is known of an error. */
export interface ErrorContext {
  /** The error string: RFC 7047 sections 3.1, 4.1.3 and 5.2. */
  readonly error: string;
  readonly details?: string;
  /** The index of the operation that failed, from 0; absent if the commit of the whole transaction failed. */
  readonly index?: number;
  readonly operation?: Operation;
}

/** The database refused a request. The subclass says why. */
export class OvsdbError extends SluiceError {
  override readonly name: string = "OvsdbError";
  readonly error: string;
  readonly details: string | undefined;
  readonly index: number | undefined;
  readonly operation: Operation | undefined;

  constructor({ error, details, index, operation }: ErrorContext) {
    const what = operation
      ? `"${operation.op}" on table "${operation.table ?? ""}"`
      : "transaction";
    const told = details ? ` (${harmless(details)})` : "";
    super(`Cannot carry out ${what}: ${harmless(error)}${told}`);
    [this.error, this.details, this.index, this.operation] = [error, details, index, operation];
  }
}

/** A row breaks a rule of the schema: a duplicate name, a value out of range. */
export class ConstraintViolationError extends OvsdbError {
  override readonly name = "ConstraintViolationError";
}
/** A row that another row refers to would be missing. */
export class ReferentialIntegrityViolationError extends OvsdbError {
  override readonly name = "ReferentialIntegrityViolationError";
}
/** The condition of a `wait` does not hold: the rows are no longer as the transaction expects them. */
export class WaitTimedOutError extends OvsdbError {
  override readonly name = "WaitTimedOutError";
}
/** The transaction has an `abort` operation. */
export class AbortedError extends OvsdbError {
  override readonly name = "AbortedError";
}
/** The client has canceled the transaction. */
export class CanceledError extends OvsdbError {
  override readonly name = "CanceledError";
}
/** An `assert` names a lock that this client does not own. */
export class NotOwnerError extends OvsdbError {
  override readonly name = "NotOwnerError";
}
/** Two operations of the transaction insert rows under the same name. */
export class DuplicateUuidNameError extends OvsdbError {
  override readonly name = "DuplicateUuidNameError";
}
/** The server has no database of that name. */
export class UnknownDatabaseError extends OvsdbError {
  override readonly name = "UnknownDatabaseError";
}
/** The request is wrong; for example it names a table or a column that the schema does not have. */
export class SyntaxOvsdbError extends OvsdbError {
  override readonly name = "SyntaxOvsdbError";
}
/** An arithmetic mutation has no result, such as a division by zero. */
export class DomainError extends OvsdbError {
  override readonly name = "DomainError";
}
/** The result of a mutation is too large for its type. */
export class RangeOvsdbError extends OvsdbError {
  override readonly name = "RangeOvsdbError";
}
/** The server has not enough memory, disk space or the like. */
export class ResourcesExhaustedError extends OvsdbError {
  override readonly name = "ResourcesExhaustedError";
}
/** The server cannot read or write its file. */
export class IOError extends OvsdbError {
  override readonly name = "IOError";
}
/** The server does not support the operation. */
export class NotSupportedError extends OvsdbError {
  override readonly name = "NotSupportedError";
}
/** ovs-vswitchd has not applied a change of the database in time. */
export class VswitchdTimeoutError extends SluiceError {
  override readonly name = "VswitchdTimeoutError";
}

/** The class of each error string. */
export const ERROR_CLASSES: Readonly<Record<string, new (context: ErrorContext) => OvsdbError>> = {
  "constraint violation": ConstraintViolationError,
  "referential integrity violation": ReferentialIntegrityViolationError,
  "timed out": WaitTimedOutError,
  "aborted": AbortedError,
  "canceled": CanceledError,
  "not owner": NotOwnerError,
  "duplicate uuid-name": DuplicateUuidNameError,
  "unknown database": UnknownDatabaseError,
  "syntax error": SyntaxOvsdbError,
  "domain error": DomainError,
  "range error": RangeOvsdbError,
  "resources exhausted": ResourcesExhaustedError,
  "I/O error": IOError,
  "not supported": NotSupportedError,
};

/** The error of the class for its string; an `OvsdbError` if the string is not in the table. */
export function ovsdbError(context: ErrorContext): OvsdbError {
  const known = Object.hasOwn(ERROR_CLASSES, context.error);
  return new (known ? ERROR_CLASSES[context.error]! : OvsdbError)(context);
}
