/** Reads a stream of lines that are JSON texts, as the API server sends watch events. @module */
import { after } from "../../../core/api.ts";

/**
 * Yields a value for each line.
 *
 * @param silence Milliseconds without data after which `onSilence` is called.
 * @param onSilence It should end the stream.
 */
export async function* jsonLines(
  body: ReadableStream<Uint8Array>,
  silence: number,
  onSilence: () => void,
): AsyncGenerator<unknown> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let parts: string[] = []; // Parts of a line whose end has not come yet
  let timer = after(silence, onSilence);
  try {
    while (true) {
      const { done, value } = await reader.read();
      timer.stop();
      if (done) return;
      timer = after(silence, onSilence);
      const [head, ...lines] = value.split("\n");
      parts.push(head!);
      for (const line of lines) {
        const whole = parts.join("");
        parts = [line];
        if (whole.trim() !== "") yield JSON.parse(whole);
      }
    }
  } finally {
    timer.stop();
    await reader.cancel().catch(() => {}); // The stream may have ended with an error
  }
}
