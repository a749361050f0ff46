/** Requests whose answer may come in several messages: OpenFlow 1.5.1 section 7.3.5. @module */
import { Reader, type Writer } from "../fields/binary.ts";
import { type Frame, MESSAGE } from "../messages/header.ts";
import type { Connection } from "./connection.ts";

/** The types of such requests: OFPMP_*. */
export const MULTIPART = {
  flow_desc: 1,
  aggregate_stats: 2,
  port_stats: 4,
  group_desc: 7,
  meter_stats: 9,
  meter_desc: 10,
  port_desc: 13,
  flow_monitor: 16,
} as const;
/** The bytes of type, flags and padding. */
export const MULTIPART_HEADER_BYTES = 8;
const MORE = 1;
const PADDING = 4;

interface MultipartRequest<Item> {
  readonly type: number;
  readonly write: (writer: Writer) => void;
  /** Reads the body of one message of the answer. */
  readonly read: (reader: Reader) => readonly Item[];
}

/**
 * Sends a request, and collects its whole answer.
 *
 * @throws {OpenFlowError} If the switch refuses.
 * @throws {NotConnectedError} If the connection ends before the last message.
 */
export async function multipart<Item>(
  connection: Connection,
  { type, write, read }: MultipartRequest<Item>,
): Promise<Item[]> {
  const items: Item[] = [];
  const take = ({ body }: Frame) => {
    const reader = new Reader(body);
    const flags = reader.skip(2).u16();
    for (const item of read(reader.skip(PADDING))) items.push(item);
    return (flags & MORE) === 0;
  };
  const body = (writer: Writer) => write(writer.u16(type).u16(0).zeros(PADDING));
  const found = Object.entries(MULTIPART).find(([, number]) => number === type);
  const name = `multipart_request ${found?.[0] ?? type}`;
  await connection.request(MESSAGE.multipart_request, { body, answer: take, name });
  return items;
}
