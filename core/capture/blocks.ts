/** Reads a stream of pcapng as far as `sluice capture` needs it: whole blocks, and what the last ones tell. @module */
import { BLOCK, OPTION } from "./pcapng.ts";

/** What a capture comes to. */
export interface Totals {
  readonly kept: number;
  /** Absent if the agent does not know it. */
  readonly leftOut?: bigint;
  /** Why it has ended. */
  readonly why: string;
  /** Whether it has come to its end. */
  readonly isWhole: boolean;
}

const LITTLE = true;
const WORD = 4;
/** Bytes of a block's type and lengths, and of the body of statistics without its options. */
const [HEAD, TAIL, STATISTICS] = [8, 4, 12];

export class BlockReader {
  #rest = new Uint8Array();
  #kept = 0;
  #leftOut: bigint | undefined = 0n;
  #why: string | undefined;

  /** Takes bytes as they come. @returns The blocks that are whole now. */
  take(bytes: Uint8Array): Uint8Array {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    const view = new DataView(all.buffer);
    let at = 0;
    while (at + HEAD <= all.length) {
      const length = view.getUint32(at + WORD, LITTLE);
      if (length < HEAD + TAIL || at + length > all.length) break;
      this.#read(view.getUint32(at, LITTLE), all.subarray(at + HEAD, at + length - TAIL));
      at += length;
    }
    this.#rest = all.slice(at);
    return all.subarray(0, at);
  }

  #read(type: number, body: Uint8Array): void {
    if (type === BLOCK.packet) this.#kept++;
    if (type !== BLOCK.statistics) return;
    const options = readOptions(body.subarray(STATISTICS));
    const dropped = options.get(OPTION.dropped);
    const known = this.#leftOut;
    this.#leftOut = dropped === undefined || known === undefined ? undefined : known + u64(dropped);
    this.#why = new TextDecoder().decode(options.get(OPTION.comment));
  }

  totals(): Totals {
    const leftOut = this.#leftOut;
    return {
      kept: this.#kept,
      ...(leftOut !== undefined && { leftOut }),
      why: this.#why ?? "",
      isWhole: this.#why !== undefined && this.#rest.length === 0,
    };
  }
}

const viewOf = ({ buffer, byteOffset, length }: Uint8Array) =>
  new DataView(buffer, byteOffset, length);
const u64 = (bytes: Uint8Array) => viewOf(bytes).getBigUint64(0, LITTLE);

/** By their codes. */
function readOptions(bytes: Uint8Array): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  const view = viewOf(bytes);
  for (let at = 0; at + WORD <= bytes.length;) {
    const [code, length] = [view.getUint16(at, LITTLE), view.getUint16(at + WORD / 2, LITTLE)];
    if (code === 0) break;
    found.set(code, bytes.subarray(at + WORD, at + WORD + length));
    at += WORD + Math.ceil(length / WORD) * WORD;
  }
  return found;
}
