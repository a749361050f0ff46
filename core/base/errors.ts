/**
 * The classes of errors. Two errors have different classes if callers react to them in different ways; whether to try
 * again depends on the class alone. Messages have the form `Cannot <verb> <thing> "<value>": <state>`.
 * @module
 */

/** Base of all errors of Sluice. The caller tries again, with growing pauses, unless a subclass says otherwise. */
export class SluiceError extends Error {
  override readonly name: string = "SluiceError";
}

/**
 * Trying again cannot help until the object, or something that it depends on, changes. Until then a condition on the
 * object reports the error.
 */
export class TerminalError extends SluiceError {
  override readonly name: string = "TerminalError";
}

/** A plugin from a file did what its contract forbids. Only a change of that file can help. */
export class PluginError extends TerminalError {
  override readonly name = "PluginError";

  /**
   * @param file The path of the plugin's file.
   * @param state What the plugin did, as the end of the message.
   */
  constructor(readonly file: string, state: string, options?: ErrorOptions) {
    super(`Cannot use plugin "${file}": ${state}`, options);
  }
}

/** There is no connection, or the connection ended before all requests were answered. */
export class NotConnectedError extends SluiceError {
  override readonly name: string = "NotConnectedError";
}

/** The peer sent something that the protocol does not allow. The connection cannot be used any more. */
export class ProtocolError extends SluiceError {
  override readonly name: string = "ProtocolError";
}
