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

/** A plugin from a file did what its contract forbids. Trying again cannot help, another file can. */
export class PluginError extends TerminalError {
  override readonly name = "PluginError";

  /**
   * @param file Of the plugin.
   * @param state What it did.
   */
  constructor(readonly file: string, state: string, options?: ErrorOptions) {
    super(`Cannot use plugin "${file}": ${state}`, options);
  }
}

/** The connection is not there, or went away with requests under way. */
export class NotConnectedError extends SluiceError {
  override readonly name: string = "NotConnectedError";
}

/** The peer sent something that the protocol does not allow. The connection is of no more use. */
export class ProtocolError extends SluiceError {
  override readonly name: string = "ProtocolError";
}
