/** Splits a stream of bytes into JSON texts, which follow each other without a separator: RFC 7047 section 4. @module */
import { ProtocolError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";

/** The bytes that matter for where a text ends. In UTF-8, no other character has one of them. */
const BYTE = {
  quote: 0x22,
  backslash: 0x5c,
  openBracket: 0x5b,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;
/** Space, tab, line feed and carriage return: RFC 8259 section 2. */
const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * A text ends with the bracket that closes its first one. Each byte is looked at once, and each text is put together
 * once, so that the time grows with the length of the stream alone, however it is cut.
 */
export class JsonSplitter {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  /** Parts of a text whose end has not come yet. */
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  readonly #longest: number;

  /** @param longest Bytes of the longest text. */
  constructor(longest: number = LIMITS.ovsdbMessage) {
    this.#longest = longest;
  }

  /**
   * Takes the next bytes of the stream. The caller may use the buffer again afterwards.
   *
   * @returns The values of the texts that are complete now.
   * @throws {ProtocolError} If a text is not UTF-8, is not JSON, or is too long.
   */
  push(chunk: Uint8Array): unknown[] {
    const values: unknown[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      if (!this.#step(chunk[at]!)) continue;
      values.push(this.#finish(chunk.subarray(start, at + 1)));
      start = at + 1;
    }
    if (this.#depth > 0) this.#keep(chunk.slice(start));
    return values;
  }

  /** Takes the next byte. @returns Whether a text ends with it. */
  #step(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BYTE.backslash) this.#escaped = true;
      else if (byte === BYTE.quote) this.#inString = false;
      return false;
    }
    if (byte === BYTE.openBrace || byte === BYTE.openBracket) this.#depth++;
    else if (this.#depth === 0) {
      if (SPACES.has(byte)) return false;
      throw new ProtocolError("Cannot read JSON: the text does not begin with a bracket");
    } else if (byte === BYTE.quote) this.#inString = true;
    else if (byte === BYTE.closeBrace || byte === BYTE.closeBracket) return --this.#depth === 0;
    return false;
  }

  #keep(part: Uint8Array): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#longest) {
      throw new ProtocolError(
        `Cannot read JSON: the text is longer than ${this.#longest} bytes`,
      );
    }
    this.#parts.push(part);
  }

  #finish(last: Uint8Array): unknown {
    this.#keep(last);
    const whole = new Uint8Array(this.#bytes);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    [this.#parts, this.#bytes] = [[], 0];
    return parse(this.#decode(whole));
  }

  #decode(bytes: Uint8Array): string {
    try {
      return this.#decoder.decode(bytes);
    } catch (cause) {
      throw new ProtocolError("Cannot read JSON: it is not UTF-8", { cause });
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError("Cannot read JSON: the text is malformed", { cause });
  }
}
