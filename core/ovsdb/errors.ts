/** One class per error string of RFC 7047, with the operation that failed. @module */
import { SluiceError } from "../base/errors.ts";
import type { Operation } from "./transaction.ts";

export interface ErrorContext {
  /** The error string (section 3.1, 4.1.3, 5.2). */
  readonly error: string;
  readonly details?: string;
  /** Which operation of the transaction; absent when it failed as a whole, at its commit. */
  readonly index?: number;
  readonly operation?: Operation;
}

/** The database refused. Subclasses say why; trying again is up to the caller's round. */
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
    super(`Cannot carry out ${what}: ${error}${details ? ` (${details})` : ""}`);
    [this.error, this.details, this.index, this.operation] = [error, details, index, operation];
  }
}

/** A row breaks a rule of the schema: a duplicate name, a value out of range. */
export class ConstraintViolationError extends OvsdbError {
  override readonly name = "ConstraintViolationError";
}
export class ReferentialIntegrityViolationError extends OvsdbError {
  override readonly name = "ReferentialIntegrityViolationError";
}
/** A `wait` did not come true: what the transaction rests on has changed meanwhile. */
export class WaitTimedOutError extends OvsdbError {
  override readonly name = "WaitTimedOutError";
}
/** An `abort` operation. */
export class AbortedError extends OvsdbError {
  override readonly name = "AbortedError";
}
export class CanceledError extends OvsdbError {
  override readonly name = "CanceledError";
}
/** An `assert` on a lock that we do not have. */
export class NotOwnerError extends OvsdbError {
  override readonly name = "NotOwnerError";
}
export class DuplicateUuidNameError extends OvsdbError {
  override readonly name = "DuplicateUuidNameError";
}
export class UnknownDatabaseError extends OvsdbError {
  override readonly name = "UnknownDatabaseError";
}
/** The request is wrong: a table or column that the schema lacks. */
export class SyntaxOvsdbError extends OvsdbError {
  override readonly name = "SyntaxOvsdbError";
}
export class DomainError extends OvsdbError {
  override readonly name = "DomainError";
}
export class RangeOvsdbError extends OvsdbError {
  override readonly name = "RangeOvsdbError";
}
export class ResourcesExhaustedError extends OvsdbError {
  override readonly name = "ResourcesExhaustedError";
}
export class IOError extends OvsdbError {
  override readonly name = "IOError";
}
export class NotSupportedError extends OvsdbError {
  override readonly name = "NotSupportedError";
}
/** ovs-vswitchd did not take over what the database holds. */
export class VswitchdTimeoutError extends SluiceError {
  override readonly name = "VswitchdTimeoutError";
}

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

/** Strings that the table lacks give an `OvsdbError`. */
export function ovsdbError(context: ErrorContext): OvsdbError {
  const known = Object.hasOwn(ERROR_CLASSES, context.error);
  return new (known ? ERROR_CLASSES[context.error]! : OvsdbError)(context);
}
