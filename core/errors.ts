/**
 * Error classes. A class exists where callers act differently; the retry policy is in the class.
 * Messages read `Cannot <verb> <thing> "<value>": <state>`.
 * @module
 */

/** Base of all errors of Sluice. Retried with back-off unless a subclass says otherwise. */
export class SluiceError extends Error {
  override readonly name: string = "SluiceError";
}

/** Trying again cannot help: a condition on the object, until the object or its surroundings change. */
export class TerminalError extends SluiceError {
  override readonly name: string = "TerminalError";
}

/** The connection is not there, or went away with requests under way. */
export class NotConnectedError extends SluiceError {
  override readonly name: string = "NotConnectedError";
}

/** The peer sent something that the protocol does not allow. The connection is of no more use. */
export class ProtocolError extends SluiceError {
  override readonly name: string = "ProtocolError";
}
