/** The first message of a connection, which offers versions: OpenFlow 1.5.1 section 7.5.1. @module */
import { ProtocolError } from "../../base/errors.ts";
import { aligned, Reader, type Writer } from "../fields/binary.ts";
import type { Frame } from "./header.ts";

const VERSION_BITMAP = 1;
const ELEMENT_HEADER_BYTES = 4;
const BITMAP_ELEMENT_BYTES = 8;
const WORD_BYTES = 4;
const WORD_BITS = 32;

/** Writes the body of a hello that offers one version. */
export function writeHello(writer: Writer, version: number): void {
  writer.u16(VERSION_BITMAP).u16(BITMAP_ELEMENT_BYTES).u32(1 << version);
}

function readBitmap(reader: Reader): number[] {
  const versions: number[] = [];
  for (let word = 0; reader.left >= WORD_BYTES; word++) {
    const bits = reader.u32();
    for (let bit = 0; bit < WORD_BITS; bit++) {
      if (bits & (1 << bit)) versions.push(word * WORD_BITS + bit);
    }
  }
  return versions;
}

/**
 * Reads a hello.
 *
 * @returns The versions that it offers, by their numbers on the wire.
 * @throws {ProtocolError} If an element is not well formed.
 */
export function readHello({ version, body }: Frame): readonly number[] {
  const reader = new Reader(body);
  while (reader.left >= ELEMENT_HEADER_BYTES) {
    const [type, length] = [reader.u16(), reader.u16()];
    if (length < ELEMENT_HEADER_BYTES) {
      throw new ProtocolError(`Cannot decode a hello: an element has length ${length}`);
    }
    const element = reader.part(length - ELEMENT_HEADER_BYTES);
    if (type === VERSION_BITMAP) return readBitmap(element);
    reader.skip(Math.min(aligned(length) - length, reader.left));
  }
  // Without a bitmap it offers all versions up to that of its header.
  return Array.from({ length: version }, (_, index) => index + 1);
}
