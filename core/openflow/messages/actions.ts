/** Lists of actions, and instructions, on the wire: OpenFlow 1.5.1 sections 7.2.6 and 7.2.5. @module */
import { ProtocolError } from "../../base/errors.ts";
import { ALIGNMENT, ones, Reader, type Writer } from "../fields/binary.ts";
import { NICIRA, UnknownFieldError } from "../fields/fields.ts";
import { type Decoder, type Encoder, EXPERIMENTER_ACTION } from "./action_codec.ts";
import type { Action, ActionOf, ActionType, InstructionType, ListAction } from "./action_types.ts";
import { INSTRUCTIONS } from "./action_types.ts";
import { NICIRA_DECODERS } from "./nx_decoders.ts";
import { NICIRA_ENCODERS } from "./nx_encoders.ts";
import { STANDARD_DECODERS, STANDARD_ENCODERS } from "./standard_actions.ts";

const HEADER_BYTES = 4;
const EXPERIMENTER_HEADER_BYTES = 10;
/**
 * How deep actions may be nested. The switch has none that are deeper, and wrong bytes must not recurse without an end.
 */
const MAX_DEPTH = 16;

/** The writer of each type. The program does not compile if one is missing. */
const ENCODERS: { readonly [Type in Exclude<ActionType, InstructionType>]: Encoder<Type> } = {
  ...STANDARD_ENCODERS,
  ...NICIRA_ENCODERS,
  raw: (writer, { bytes }) => void writer.bytes(bytes),
};

function isInstruction(action: Action): action is ActionOf<InstructionType> {
  return (INSTRUCTIONS as readonly string[]).includes(action.type);
}

function isListAction(action: Action): action is ListAction {
  return !isInstruction(action);
}

/**
 * Writes a list of actions.
 *
 * @throws {TypeError} If one of them is an instruction, which a list of actions cannot have.
 */
export function writeActions(writer: Writer, actions: readonly Action[]): void {
  for (const action of actions) {
    if (isInstruction(action)) {
      throw new TypeError(
        `Cannot encode action "${action.type}": it is an instruction, and stands in no list of actions`,
      );
    }
    const encode = ENCODERS[action.type] as Encoder<ActionType>;
    encode(writer, action as ActionOf<ActionType>, writeActions);
  }
}

function decoderOf(body: Reader, type: number): Decoder | undefined {
  if (type !== EXPERIMENTER_ACTION) return STANDARD_DECODERS[type];
  if (body.left < EXPERIMENTER_HEADER_BYTES - HEADER_BYTES || body.u32() !== NICIRA) {
    return undefined;
  }
  return NICIRA_DECODERS[body.u16()];
}

function decodeOrKeep(bytes: Uint8Array, depth: number): ListAction {
  const body = new Reader(bytes);
  const type = body.u16();
  body.skip(2);
  const raw = (): ListAction => ({ type: "raw", bytes: bytes.slice() });
  const decode = decoderOf(body, type);
  if (!decode) return raw();
  try {
    const action = decode(body, (reader) => readActionsAt(reader, depth + 1));
    body.padding(`action "${action.type}"`);
    return action;
  } catch (error) {
    if (error instanceof UnknownFieldError) return raw();
    throw error;
  }
}

function readActionsAt(reader: Reader, depth: number): ListAction[] {
  if (depth > MAX_DEPTH) {
    throw new ProtocolError(`Cannot decode actions: they are nested deeper than ${MAX_DEPTH}`);
  }
  const actions: ListAction[] = [];
  while (reader.left > 0) {
    const length = reader.peek16(2);
    if (length < ALIGNMENT || length % ALIGNMENT !== 0) {
      throw new ProtocolError(`Cannot decode an action: its length is ${length}`);
    }
    actions.push(decodeOrKeep(reader.bytes(length), depth));
  }
  return actions;
}

/**
 * Reads actions until the end of the reader. An action that is not known becomes one of type `raw`.
 *
 * @throws {ProtocolError} If one is not well formed.
 */
export function readActions(reader: Reader): ListAction[] {
  return readActionsAt(reader, 0);
}

const INSTRUCTION = {
  goto_table: 1,
  write_metadata: 2,
  write_actions: 3,
  apply_actions: 4,
  clear_actions: 5,
} as const;
const INSTRUCTION_PADDING = 4;
const GOTO_PADDING = 3;

function instruction(writer: Writer, type: number, body: () => void): void {
  const start = writer.length;
  writer.u16(type).u16(0);
  body();
  writer.patch16(start + 2, writer.length - start);
}

const INSTRUCTION_ENCODERS: {
  readonly [Type in InstructionType]: (writer: Writer, action: ActionOf<Type>) => void;
} = {
  clear_actions: (writer) => void writer.zeros(INSTRUCTION_PADDING),
  write_actions: (writer, { actions }) => writeActions(writer.zeros(INSTRUCTION_PADDING), actions),
  write_metadata: (writer, { value, mask = ones(64) }) =>
    void writer.zeros(INSTRUCTION_PADDING).u64(value).u64(mask),
  goto_table: (writer, { table }) => void writer.u8(table).zeros(GOTO_PADDING),
};

/**
 * The actions in the order in which the switch gives them back: the instructions come last, in an order of their own.
 */
export function inEffectiveOrder(actions: readonly Action[]): readonly Action[] {
  if (!actions.some(isInstruction)) return actions;
  return [
    ...actions.filter(isListAction),
    ...INSTRUCTIONS.flatMap((type) => actions.filter((action) => action.type === type)),
  ];
}

/** Writes all actions of a flow as instructions. */
export function writeInstructions(writer: Writer, actions: readonly Action[]): void {
  const list = actions.filter(isListAction);
  if (list.length > 0) {
    instruction(writer, INSTRUCTION.apply_actions, () => {
      writeActions(writer.zeros(INSTRUCTION_PADDING), list);
    });
  }
  for (const action of inEffectiveOrder(actions.filter(isInstruction))) {
    const { type } = action as ActionOf<InstructionType>;
    const encode = INSTRUCTION_ENCODERS[type] as (writer: Writer, action: Action) => void;
    instruction(writer, INSTRUCTION[type], () => encode(writer, action));
  }
}

function readMetadata(reader: Reader): ActionOf<"write_metadata"> {
  const [value, mask] = [reader.skip(INSTRUCTION_PADDING).u64(), reader.u64()];
  return { type: "write_metadata", value, ...(mask !== ones(64) && { mask }) };
}

const INSTRUCTION_DECODERS: Readonly<Record<number, (reader: Reader) => readonly Action[]>> = {
  [INSTRUCTION.apply_actions]: (reader) => readActions(reader.skip(INSTRUCTION_PADDING)),
  [INSTRUCTION.clear_actions]: (reader) => {
    reader.skip(INSTRUCTION_PADDING);
    return [{ type: "clear_actions" }];
  },
  [INSTRUCTION.write_actions]: (reader) => [
    { type: "write_actions", actions: readActions(reader.skip(INSTRUCTION_PADDING)) },
  ],
  [INSTRUCTION.write_metadata]: (reader) => [readMetadata(reader)],
  [INSTRUCTION.goto_table]: (reader) => {
    const table = reader.u8();
    reader.skip(GOTO_PADDING);
    return [{ type: "goto_table", table }];
  },
};

/**
 * Reads instructions until the end of the reader. @returns All actions of the flow, in one list.
 *
 * @throws {ProtocolError} If one is not known or not well formed.
 */
export function readInstructions(reader: Reader): Action[] {
  const actions: Action[] = [];
  while (reader.left > 0) {
    const [type, length] = [reader.u16(), reader.u16()];
    const decode = INSTRUCTION_DECODERS[type];
    if (!decode || length < HEADER_BYTES) {
      throw new ProtocolError(
        `Cannot decode instruction ${type} of length ${length}: it is unknown`,
      );
    }
    const body = reader.part(length - HEADER_BYTES);
    actions.push(...decode(body));
    body.end(`instruction ${type}`);
  }
  return actions;
}
