/** Splits a byte stream into JSON texts: OVSDB sends them back to back, RFC 7047 section 4. @module */
import { ProtocolError } from "../errors.ts";
import type { Json } from "./notation.ts";

/** Bytes of one text; a snapshot of 1,000 ports has about one MiB. */
const SIZE_LIMIT = 256 * 1024 * 1024;

const OPENING: ReadonlySet<number> = new Set(bytesOf("{["));
const CLOSING: ReadonlySet<number> = new Set(bytesOf("}]"));
const SPACE: ReadonlySet<number> = new Set(bytesOf(" \t\r\n"));
const [QUOTE, BACKSLASH] = bytesOf('"\\') as [number, number];

/** Bytes in, JSON objects and arrays out. */
export class JsonSplitter {
  readonly #limit: number;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #parts: Uint8Array[] = [];
  #size = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** @param limit Bytes that one text may have. */
  constructor(limit: number = SIZE_LIMIT) {
    this.#limit = limit;
  }

  /**
   * The texts that `bytes` complete. All that counts here is ASCII, so that a character cut in two
   * by a chunk's end does no harm.
   *
   * @param bytes The next of the stream; may be written over afterwards.
   * @throws {ProtocolError} If they are no JSON, or a text is too long.
   */
  *push(bytes: Uint8Array): Generator<Json, void> {
    let start = 0;
    for (let at = 0; at < bytes.length; at++) {
      if (this.#depth === 0 && !this.#begins(bytes[at]!)) {
        start = at + 1;
        continue;
      }
      this.#step(bytes[at]!);
      if (this.#depth > 0) continue;
      this.#keep(bytes.subarray(start, at + 1));
      start = at + 1;
      yield this.#take();
    }
    if (this.#depth > 0) this.#keep(bytes.slice(start));
  }

  /** Whether a text begins with this byte, which stands between two texts. */
  #begins(byte: number): boolean {
    if (OPENING.has(byte)) return true;
    if (SPACE.has(byte)) return false;
    throw new ProtocolError(`Cannot read byte "${byte}": neither a JSON object nor an array`);
  }

  #step(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (this.#inString) {
      if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
    } else if (byte === QUOTE) this.#inString = true;
    else if (OPENING.has(byte)) this.#depth++;
    else if (CLOSING.has(byte)) this.#depth--;
  }

  #keep(part: Uint8Array): void {
    this.#size += part.length;
    if (this.#size > this.#limit) {
      throw new ProtocolError(`Cannot read JSON text: longer than ${this.#limit} bytes`);
    }
    this.#parts.push(part);
  }

  #take(): Json {
    const bytes = joined(this.#parts, this.#size);
    this.#parts = [];
    this.#size = 0;
    try {
      return JSON.parse(this.#decoder.decode(bytes));
    } catch (cause) {
      throw new ProtocolError(`Cannot read JSON text: ${(cause as Error).message}`, { cause });
    }
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function bytesOf(text: string): readonly number[] {
  return [...new TextEncoder().encode(text)];
}
