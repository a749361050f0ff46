/** The `controller` action on the wire: ovs-actions(7), NXAST_CONTROLLER and NXAST_CONTROLLER2. @module */
import { ProtocolError } from "../../base/errors.ts";
import { aligned, type Reader, type Writer } from "../fields/binary.ts";
import { PORT } from "../fields/ports.ts";
import { nicira, optional } from "./action_codec.ts";
import type { ControllerAction } from "./action_types.ts";
import { SUBTYPE } from "./nx_subtypes.ts";
import { writeOutput } from "./standard_actions.ts";

/** The `maxLength` that stands for the whole packet: OpenFlow 1.5.1 section 7.2.6, OFPCML_NO_BUFFER. */
export const ALL_BYTES = 0xffff;
/** The reason of a packet that an action has sent: OpenFlow 1.5.1 section 7.4.1, OFPR_APPLY_ACTION. */
export const REASON_ACTION = 1;

const PROPERTY = { maxLength: 0, id: 1, reason: 2, userdata: 3, pause: 4, meter: 5 } as const;
const PROPERTY_HEADER_BYTES = 4;
const CONTROLLER2_PADDING = 6;

function writeProperty(writer: Writer, type: number, body: () => void): void {
  const start = writer.length;
  writer.u16(type).u16(0);
  body();
  writer.patch16(start + 2, writer.length - start).align(start);
}

function writeProperties(writer: Writer, action: ControllerAction): void {
  const { maxLength, id = 0, reason = REASON_ACTION, userdata, pause, meter } = action;
  if (maxLength !== ALL_BYTES) {
    writeProperty(writer, PROPERTY.maxLength, () => writer.u16(maxLength));
  }
  if (id !== 0) writeProperty(writer, PROPERTY.id, () => writer.u16(id));
  if (reason !== REASON_ACTION) writeProperty(writer, PROPERTY.reason, () => writer.u8(reason));
  if (userdata) writeProperty(writer, PROPERTY.userdata, () => writer.bytes(userdata));
  if (pause) writeProperty(writer, PROPERTY.pause, () => {});
  if (meter !== undefined) writeProperty(writer, PROPERTY.meter, () => writer.u32(meter));
}

/** Writes a `controller` action in the oldest of its three forms that has all its properties. */
export function writeController(writer: Writer, action: ControllerAction): void {
  const { maxLength, id = 0, reason = REASON_ACTION, userdata, pause, meter } = action;
  if (userdata || pause || meter !== undefined) {
    nicira(writer, SUBTYPE.controller2, () => {
      writer.zeros(CONTROLLER2_PADDING);
      writeProperties(writer, action);
    });
  } else if (id !== 0 || reason !== REASON_ACTION) {
    nicira(writer, SUBTYPE.controller, () => writer.u16(maxLength).u16(id).u8(reason).u8(0));
  } else writeOutput(writer, PORT.CONTROLLER, maxLength);
}

function notDefault(id: number, reason: number) {
  return {
    ...optional("id", id || undefined),
    ...(reason !== REASON_ACTION && { reason }),
  };
}

/** Reads a `controller` action after its header: NXAST_CONTROLLER. */
export function readController(reader: Reader): ControllerAction {
  const [maxLength, id, reason] = [reader.u16(), reader.u16(), reader.u8()];
  reader.skip(1);
  return { type: "controller", maxLength, ...notDefault(id, reason) };
}

function readProperties(reader: Reader): Map<number, Reader> {
  const properties = new Map<number, Reader>();
  while (reader.left > 0) {
    const type = reader.u16();
    const length = reader.u16();
    if (length < PROPERTY_HEADER_BYTES) {
      throw new ProtocolError(`Cannot decode a controller action: a property has length ${length}`);
    }
    properties.set(type, reader.part(length - PROPERTY_HEADER_BYTES));
    reader.skip(Math.min(aligned(length) - length, reader.left));
  }
  return properties;
}

/**
 * Reads a `controller` action after its header: NXAST_CONTROLLER2.
 *
 * @throws {ProtocolError} If a property is not well formed.
 */
export function readController2(reader: Reader): ControllerAction {
  reader.skip(CONTROLLER2_PADDING);
  const properties = readProperties(reader);
  const userdata = properties.get(PROPERTY.userdata)?.rest().slice();
  return {
    type: "controller",
    maxLength: properties.get(PROPERTY.maxLength)?.u16() ?? ALL_BYTES,
    ...notDefault(
      properties.get(PROPERTY.id)?.u16() ?? 0,
      properties.get(PROPERTY.reason)?.u8() ?? REASON_ACTION,
    ),
    ...optional("userdata", userdata),
    ...(properties.has(PROPERTY.pause) && { pause: true }),
    ...optional("meter", properties.get(PROPERTY.meter)?.u32()),
  };
}
