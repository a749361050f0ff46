/** Big-endian bytes, written to a growing buffer and read with every length checked. @module */
import { ProtocolError } from "../../base/errors.ts";

const INITIAL_SIZE = 256;
const BITS_PER_BYTE = 8;
const BYTE_MASK = 0xff;
/** Structures of OpenFlow are padded to multiples of this many bytes. */
export const ALIGNMENT = 8;

/** The number of bytes that hold so many bits. */
export function bytesFor(bits: number): number {
  return Math.ceil(bits / BITS_PER_BYTE);
}

/** Bits. */
const WIDEST_FIELD = 128;
/** Made once: matches are full of them. */
const ONES = Array.from({ length: WIDEST_FIELD + 1 }, (_, bits) => (1n << BigInt(bits)) - 1n);

/** As many ones as `bits` says. */
export function ones(bits: number): bigint {
  return ONES[bits] ?? (1n << BigInt(bits)) - 1n;
}

/** `length` rounded up to the alignment of OpenFlow structures. */
export function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

/** Appends numbers to a buffer that grows. */
export class Writer {
  #bytes = new Uint8Array(INITIAL_SIZE);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  #reserve(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }

  u8(value: number): this {
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value);
    return this;
  }

  u32(value: number): this {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value);
    return this;
  }

  u64(value: bigint): this {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value);
    return this;
  }

  /** The low `count` bytes of `value`. */
  uint(value: bigint, count: number): this {
    const at = this.#reserve(count);
    if (count <= 4) {
      let rest = Number(value);
      for (let i = count - 1; i >= 0; i--) {
        this.#bytes[at + i] = rest & BYTE_MASK;
        rest >>>= BITS_PER_BYTE;
      }
      return this;
    }
    let rest = value;
    for (let i = count - 1; i >= 0; i--) {
      this.#bytes[at + i] = Number(rest & 0xffn);
      rest >>= 8n;
    }
    return this;
  }

  bytes(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  zeros(count: number): this {
    const at = this.#reserve(count);
    this.#bytes.fill(0, at, at + count);
    return this;
  }

  /** Zeros until what was written since `start` is a multiple of the alignment. */
  align(start: number): this {
    return this.zeros(aligned(this.#length - start) - (this.#length - start));
  }

  /** Overwrites two bytes at `at`, usually a length that is known only now. */
  patch16(at: number, value: number): this {
    this.#view.setUint16(at, value);
    return this;
  }

  /** What was written; a view, good until the next write. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Takes numbers off the front of some bytes. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes not yet read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.left) {
      throw new ProtocolError(`Cannot read ${count} bytes: ${this.left} are left`);
    }
    this.#at += count;
    return at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8));
  }

  /** An unsigned number of `count` bytes. */
  uint(count: number): bigint {
    if (count <= 4) {
      let value = 0;
      const at = this.#take(count);
      for (let i = 0; i < count; i++) value = value * (BYTE_MASK + 1) + this.#bytes[at + i]!;
      return BigInt(value);
    }
    let value = 0n;
    const at = this.#take(count);
    for (let i = 0; i < count; i++) value = (value << 8n) | BigInt(this.#bytes[at + i]!);
    return value;
  }

  /** The next bytes, not copied. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  skip(count: number): this {
    this.#take(count);
    return this;
  }

  /** A reader of the next `count` bytes alone. */
  part(count: number): Reader {
    return new Reader(this.bytes(count));
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.bytes(this.left);
  }

  /** The next two bytes, left in place. */
  peek16(offset = 0): number {
    if (this.left < offset + 2) {
      throw new ProtocolError(`Cannot read ${offset + 2} bytes: ${this.left} are left`);
    }
    return this.#view.getUint16(this.#at + offset);
  }

  /** @throws {ProtocolError} If bytes are left over in a `what`. */
  end(what: string): void {
    if (this.left > 0) {
      throw new ProtocolError(`Cannot decode ${what}: ${this.left} bytes are left over`);
    }
  }

  /** @throws {ProtocolError} If what is left in a `what` is not padding: fewer than 8 zeros. */
  padding(what: string): void {
    const rest = this.rest();
    if (rest.length >= ALIGNMENT || rest.some((byte) => byte !== 0)) {
      throw new ProtocolError(`Cannot decode ${what}: ${rest.length} bytes are left over`);
    }
  }
}
