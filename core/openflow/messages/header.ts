/** The header of messages, and a reader that splits a stream into messages: OpenFlow 1.5.1 section 7.1. @module */
import { ProtocolError } from "../../base/errors.ts";
import { Writer } from "../fields/binary.ts";

/** The numbers of OpenFlow 1.0 and 1.5 on the wire. */
export const VERSION_1_0 = 0x01;
export const VERSION_1_5 = 0x06;
export const HEADER_BYTES = 8;
const MAX_LENGTH = 0xffff;
const LENGTH_OFFSET = 2;

/** Types of messages: OpenFlow 1.5.1 section 7.1.1, OFPT_*. */
export const MESSAGE = {
  hello: 0,
  error: 1,
  echo_request: 2,
  echo_reply: 3,
  experimenter: 4,
  features_request: 5,
  features_reply: 6,
  set_config: 9,
  packet_in: 10,
  flow_removed: 11,
  port_status: 12,
  packet_out: 13,
  flow_mod: 14,
  group_mod: 15,
  port_mod: 16,
  multipart_request: 18,
  multipart_reply: 19,
  barrier_request: 20,
  barrier_reply: 21,
  set_async: 28,
  meter_mod: 29,
  request_forward: 32,
  bundle_control: 33,
  bundle_add: 34,
} as const;

/** The name of a type of messages. */
export function messageName(type: number): string {
  const found = Object.entries(MESSAGE).find(([, number]) => number === type);
  return found?.[0] ?? `message ${type}`;
}

/** A message whose body has not been read yet. */
export interface Frame {
  readonly version: number;
  readonly type: number;
  readonly xid: number;
  readonly body: Uint8Array;
}

/** The header of a message, without the length. */
export interface MessageHeader {
  readonly type: number;
  /** The number by which an answer belongs to its request. */
  readonly xid: number;
  /** @default {VERSION_1_5} */
  readonly version?: number;
}

/**
 * Writes a message: its header, and what `body` writes.
 *
 * @throws {RangeError} If it has more than 65535 bytes.
 */
export function writeMessage(writer: Writer, header: MessageHeader, body: () => void): void {
  const start = writer.length;
  writer.u8(header.version ?? VERSION_1_5).u8(header.type).u16(0).u32(header.xid);
  body();
  const length = writer.length - start;
  if (length > MAX_LENGTH) {
    throw new RangeError(
      `Cannot encode message ${header.type}: its ${length} bytes are more than ${MAX_LENGTH}`,
    );
  }
  writer.patch16(start + LENGTH_OFFSET, length);
}

/** The bytes of one message. @throws {RangeError} If it has more than 65535 bytes. */
export function encodeMessage(
  header: MessageHeader,
  body: (writer: Writer) => void = () => {},
): Uint8Array {
  const writer = new Writer();
  writeMessage(writer, header, () => body(writer));
  return writer.finish();
}

/** Splits a stream of bytes into messages. */
export class FrameReader {
  #bytes = new Uint8Array(MAX_LENGTH + 1);
  #start = 0;
  #end = 0;

  /** Takes the next bytes of the stream. */
  push(bytes: Uint8Array): void {
    const kept = this.#end - this.#start;
    if (this.#end + bytes.length > this.#bytes.length) {
      const room = kept + bytes.length;
      const next = room > this.#bytes.length ? new Uint8Array(2 * room) : this.#bytes;
      next.set(this.#bytes.subarray(this.#start, this.#end));
      [this.#bytes, this.#start, this.#end] = [next, 0, kept];
    }
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /**
   * The next message; nothing if it has not come completely yet. Its body is a view, which is valid until the next
   * push().
   *
   * @throws {ProtocolError} If its length is less than that of a header.
   */
  next(): Frame | undefined {
    const left = this.#end - this.#start;
    if (left < HEADER_BYTES) return undefined;
    const view = new DataView(this.#bytes.buffer, this.#start, HEADER_BYTES);
    const length = view.getUint16(LENGTH_OFFSET);
    if (length < HEADER_BYTES) {
      throw new ProtocolError(`Cannot read a message: its length is ${length}`);
    }
    if (left < length) return undefined;
    const body = this.#bytes.subarray(this.#start + HEADER_BYTES, this.#start + length);
    this.#start += length;
    return { version: view.getUint8(0), type: view.getUint8(1), xid: view.getUint32(4), body };
  }
}
