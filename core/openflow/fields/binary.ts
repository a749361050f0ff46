/** Numbers as big-endian bytes: a writer whose buffer grows, and a reader that never reads beyond the end. @module */
import { ProtocolError } from "../../base/errors.ts";

const INITIAL_SIZE = 256;
const BITS_PER_BYTE = 8;
const BYTE_MASK = 0xff;
/** Structures of OpenFlow are padded to multiples of this many bytes. */
export const ALIGNMENT = 8;

/** The number of whole bytes that hold `bits` bits. */
export function bytesFor(bits: number): number {
  return Math.ceil(bits / BITS_PER_BYTE);
}

/** The bits of an IPv6 address. */
const WIDEST_FIELD = 128;
/** Computed once, because every match needs some of them. */
const ONES = Array.from({ length: WIDEST_FIELD + 1 }, (_, bits) => (1n << BigInt(bits)) - 1n);

/** The number whose lowest `bits` bits are one, and no others. */
export function ones(bits: number): bigint {
  return ONES[bits] ?? (1n << BigInt(bits)) - 1n;
}

/** `length`, in bytes, rounded up to the next multiple of 8. */
export function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

/** Appends unsigned big-endian numbers to a buffer that grows. A number that is too large loses its higher bits. */
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

  /** Appends one byte. */
  u8(value: number): this {
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
    return this;
  }

  /** Appends a number of two bytes. */
  u16(value: number): this {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value);
    return this;
  }

  /** Appends a number of four bytes. */
  u32(value: number): this {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value);
    return this;
  }

  /** Appends a number of eight bytes. */
  u64(value: bigint): this {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value);
    return this;
  }

  /** Appends the lowest `count` bytes of a number. */
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

  /** Appends bytes as they are. */
  bytes(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** Appends `count` bytes of zero. */
  zeros(count: number): this {
    const at = this.#reserve(count);
    this.#bytes.fill(0, at, at + count);
    return this;
  }

  /** Appends zeros until the number of bytes since `start` is a multiple of 8. */
  align(start: number): this {
    return this.zeros(aligned(this.#length - start) - (this.#length - start));
  }

  /** Overwrites the two bytes at `at`, usually with a length that was not known when they were written. */
  patch16(at: number, value: number): this {
    this.#view.setUint16(at, value);
    return this;
  }

  /** The bytes that were written: a view, which is valid until the next write. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/**
 * Reads unsigned big-endian numbers, one after the other.
 *
 * Each method that reads throws a {@linkcode ProtocolError} if fewer bytes are left than it needs.
 */
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

  /** Reads one byte. */
  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  /** Reads a number of two bytes. */
  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  /** Reads a number of four bytes. */
  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  /** Reads a number of eight bytes. */
  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8));
  }

  /** Reads a number of `count` bytes. */
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

  /** Reads the next `count` bytes: a view, not a copy. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** Passes over the next `count` bytes. */
  skip(count: number): this {
    this.#take(count);
    return this;
  }

  /** Passes over the next `count` bytes. @returns A reader of those bytes alone. */
  part(count: number): Reader {
    return new Reader(this.bytes(count));
  }

  /** Reads all bytes that are left: a view, not a copy. */
  rest(): Uint8Array {
    return this.bytes(this.left);
  }

  /** The number of the two bytes that are `offset` bytes ahead. It does not read them. */
  peek16(offset = 0): number {
    if (this.left < offset + 2) {
      throw new ProtocolError(`Cannot read ${offset + 2} bytes: ${this.left} are left`);
    }
    return this.#view.getUint16(this.#at + offset);
  }

  /** Checks that no bytes are left. @throws {ProtocolError} If there are; the error names `what` was decoded. */
  end(what: string): void {
    if (this.left > 0) {
      throw new ProtocolError(`Cannot decode ${what}: ${this.left} bytes are left over`);
    }
  }

  /**
   * Reads padding: fewer than 8 bytes, all of them zero.
   *
   * @throws {ProtocolError} If other bytes are left; the error names `what` was decoded.
   */
  padding(what: string): void {
    const rest = this.rest();
    if (rest.length >= ALIGNMENT || rest.some((byte) => byte !== 0)) {
      throw new ProtocolError(`Cannot decode ${what}: ${rest.length} bytes are left over`);
    }
  }
}
