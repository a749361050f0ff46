/** Reads the bodies of answers over HTTP, within a limit of bytes. @module */
import { SluiceError } from "./errors.ts";

/** The server sent more than is read. */
export class TooLargeError extends SluiceError {
  override readonly name = "TooLargeError";
}

/**
 * The body of an answer as text.
 *
 * @param signal Ends the reading, with its reason as error.
 * @throws {TooLargeError} If it has more than `most` bytes.
 */
export async function readText(
  response: Response,
  most: number,
  signal: AbortSignal,
): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return "";
  const onAbort = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", onAbort);
  const decoder = new TextDecoder();
  let [text, length] = ["", 0];
  try {
    for (let part; !(part = await reader.read()).done;) {
      length += part.value.length;
      if (length > most) {
        throw new TooLargeError(`Cannot read the answer of "${response.url}": over ${most} bytes`);
      }
      text += decoder.decode(part.value, { stream: true });
    }
    signal.throwIfAborted();
    return text + decoder.decode();
  } finally {
    signal.removeEventListener("abort", onAbort);
    await reader.cancel().catch(() => {}); // it may have ended with an error
  }
}
