/** What the writers and readers of actions have in common. @module */
import type { Reader, Writer } from "../fields/binary.ts";
import { NICIRA } from "../fields/fields.ts";
import type { Action, ActionOf, ActionType, ListAction } from "./action_types.ts";

/** The type of the actions that experimenters define: OpenFlow 1.5.1 section 7.2.6, OFPAT_EXPERIMENTER. */
export const EXPERIMENTER_ACTION = 0xffff;

/** Writes actions that stand inside another action, such as `clone`. */
export type WriteActions = (writer: Writer, actions: readonly Action[]) => void;
/** Reads actions that stand inside another action, until the end of the reader. */
export type ReadActions = (reader: Reader) => ListAction[];

/** Writes an action of one type, with its header and padding. */
export type Encoder<Type extends ActionType> = (
  writer: Writer,
  action: ActionOf<Type>,
  writeActions: WriteActions,
) => void;
/** Reads an action after its header. The bytes that it does not read must be padding. */
export type Decoder = (reader: Reader, readActions: ReadActions) => ListAction;

/** Writes an action: type and length in 16 bits each, the body, and padding to a multiple of 8 bytes. */
export function standard(writer: Writer, type: number, body: () => void): void {
  const start = writer.length;
  writer.u16(type).u16(0);
  body();
  writer.align(start).patch16(start + 2, writer.length - start);
}

/** Writes a Nicira action: the header of experimenters with the subtype in 16 bits, and the body. */
export function nicira(writer: Writer, subtype: number, body: () => void): void {
  standard(writer, EXPERIMENTER_ACTION, () => {
    writer.u32(NICIRA).u16(subtype);
    body();
  });
}

/** An object with that property, or an empty one if the value is undefined. It is meant to be spread into another. */
export function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [each in Key]?: Value } {
  return value === undefined ? {} : { [key]: value } as { readonly [each in Key]?: Value };
}
