/** Reads a stream of lines that are JSON texts, as the API server sends watch events. @module */
import { Deadlines, LIMITS, TooLargeError } from "../../../core/api.ts";

/**
 * Yields a value for each line.
 *
 * @param silence Milliseconds without data after which `onSilence` is called.
 * @param onSilence It should end the stream.
 * @throws {TooLargeError} If a line has more than `LIMITS.watchEvent` bytes.
 */
export async function* jsonLines(
  body: ReadableStream<Uint8Array>,
  silence: number,
  onSilence: () => void,
): AsyncGenerator<unknown> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let [parts, length] = [[] as string[], 0]; // Of a line whose end has not come yet
  using deadlines = new Deadlines();
  let limit = deadlines.start(silence, onSilence);
  try {
    while (true) {
      const { done, value } = await reader.read();
      limit[Symbol.dispose]();
      if (done) return;
      limit = deadlines.start(silence, onSilence);
      const [head, ...lines] = decoder.decode(value, { stream: true }).split("\n");
      parts.push(head!);
      length = lines.length === 0 ? length + value.length : value.length;
      for (const line of lines) {
        const whole = parts.join("");
        parts = [line];
        if (whole.trim() !== "") yield JSON.parse(whole);
      }
      if (length > LIMITS.watchEvent) throw tooLong();
    }
  } finally {
    limit[Symbol.dispose]();
    await reader.cancel().catch(() => {}); // The stream may have ended with an error
  }
}

function tooLong(): TooLargeError {
  return new TooLargeError(`Cannot read a watch event: it has over ${LIMITS.watchEvent} bytes`);
}
