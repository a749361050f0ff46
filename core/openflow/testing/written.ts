/** Bytes that a test writes or compares. @module */
import { Writer } from "../fields/binary.ts";

/** The bytes that `write` appends to an empty writer: a copy, which later writes do not change. */
export function written(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer();
  write(writer);
  return writer.finish().slice();
}
