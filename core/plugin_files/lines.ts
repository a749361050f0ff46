/** Lines of a stream, read when they come or waited for without letting other tasks run. @module */

const CHUNK = 64 * 1024;
const LINE_END = 10;

/** A stream that can be read in both ways: `Deno.stdin`. */
interface Input {
  read(into: Uint8Array): Promise<number | null>;
  readSync(into: Uint8Array): number | null;
}

export class InputLines {
  readonly #input: Input;
  readonly #chunk = new Uint8Array(CHUNK);
  #parts: Uint8Array[] = [];
  #lines: string[] = [];

  constructor(input: Input) {
    this.#input = input;
  }

  /** @returns Nothing at the end of the stream. */
  async next(): Promise<string | undefined> {
    while (this.#lines.length === 0) {
      const count = await this.#input.read(this.#chunk);
      if (count === null) return undefined;
      this.#take(count);
    }
    return this.#lines.shift();
  }

  /** The same, as a plain function. */
  nextSync(): string | undefined {
    while (this.#lines.length === 0) {
      const count = this.#input.readSync(this.#chunk);
      if (count === null) return undefined;
      this.#take(count);
    }
    return this.#lines.shift();
  }

  #take(count: number): void {
    let rest = this.#chunk.slice(0, count);
    for (let end; (end = rest.indexOf(LINE_END)) >= 0; rest = rest.subarray(end + 1)) {
      const parts = [...this.#parts, rest.subarray(0, end)];
      this.#parts = [];
      this.#lines.push(parts.map(decoderOf()).join(""));
    }
    if (rest.length > 0) this.#parts.push(rest);
  }
}

/** Decodes the parts of one line, one after the other. */
function decoderOf() {
  const decoder = new TextDecoder();
  return (part: Uint8Array) => decoder.decode(part, { stream: true });
}
