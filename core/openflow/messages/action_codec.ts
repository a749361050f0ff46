/** What the files of action codecs share. @module */
import type { Reader, Writer } from "../fields/binary.ts";
import { NICIRA } from "../fields/fields.ts";
import type { Action, ActionOf, ActionType, ListAction } from "./action_types.ts";

/** Action type of experimenters: OpenFlow 1.5.1 section 7.2.6, OFPAT_EXPERIMENTER. */
export const EXPERIMENTER_ACTION = 0xffff;

/** How actions within actions are written. */
export type WriteActions = (writer: Writer, actions: readonly Action[]) => void;
/** How actions within actions are read: all that the reader has. */
export type ReadActions = (reader: Reader) => ListAction[];

export type Encoder<Type extends ActionType> = (
  writer: Writer,
  action: ActionOf<Type>,
  writeActions: WriteActions,
) => void;
/** Reads what follows the header. What it leaves must be padding. */
export type Decoder = (reader: Reader, readActions: ReadActions) => ListAction;

/** Writes an action with its header and padding. */
export function standard(writer: Writer, type: number, body: () => void): void {
  const start = writer.length;
  writer.u16(type).u16(0);
  body();
  writer.align(start).patch16(start + 2, writer.length - start);
}

/** Writes an action of Nicira's. */
export function nicira(writer: Writer, subtype: number, body: () => void): void {
  standard(writer, EXPERIMENTER_ACTION, () => {
    writer.u32(NICIRA).u16(subtype);
    body();
  });
}

/** Its key and value, or nothing when there is no value: for optional properties. */
export function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [each in Key]?: Value } {
  return value === undefined ? {} : { [key]: value } as { readonly [each in Key]?: Value };
}
