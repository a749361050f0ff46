/** The action `controller` to and from the text of ovs-ofctl: ovs-actions(7), `controller`. @module */
import { optional } from "../messages/action_codec.ts";
import type { ControllerAction } from "../messages/action_types.ts";
import { ALL_BYTES, REASON_ACTION } from "../messages/controller_action.ts";
import { formatBytes, parseBytes, parseNumber, splitList, splitPair } from "./tokens.ts";

/** The reasons of packets for a controller, by number: OpenFlow 1.5.1 section 7.4.1. */
const REASONS = ["no_match", "action", "invalid_ttl", "action_set", "group", "packet_out"];

/** A `controller` action as text, with its name. */
export function formatController(action: ControllerAction): string {
  const { maxLength, id, reason, userdata, pause, meter } = action;
  const properties = [
    ...(reason === undefined || reason === REASON_ACTION
      ? []
      : [`reason=${REASONS[reason] ?? reason}`]),
    ...(maxLength === ALL_BYTES ? [] : [`max_len=${maxLength}`]),
    ...(id ? [`id=${id}`] : []),
    ...(userdata ? [`userdata=${formatBytes(userdata)}`] : []),
    ...(pause ? ["pause"] : []),
    ...(meter === undefined ? [] : [`meter_id=${meter}`]),
  ];
  const plain = !id && (reason ?? REASON_ACTION) === REASON_ACTION && !userdata && !pause;
  return plain && meter === undefined
    ? `CONTROLLER:${maxLength}`
    : `controller(${properties.join(",")})`;
}

function parseReason(text: string): number {
  const index = REASONS.indexOf(text);
  return index < 0 ? parseNumber(text) : index;
}

/** A `controller` action from what stands after its name. @throws {TypeError} If that is not well formed. */
export function parseController(text: string): ControllerAction {
  if (/^\d*$/.test(text)) {
    return {
      type: "controller",
      maxLength: text === "" ? ALL_BYTES : parseNumber(text, ALL_BYTES),
    };
  }
  const values = new Map(splitList(text).map((word) => splitPair(word)));
  const number = (key: string) => {
    const value = values.get(key);
    return value === undefined ? undefined : parseNumber(value);
  };
  const reason = values.get("reason");
  const userdata = values.get("userdata");
  return {
    type: "controller",
    maxLength: number("max_len") ?? ALL_BYTES,
    ...optional("id", number("id") || undefined),
    ...(reason !== undefined && parseReason(reason) !== REASON_ACTION &&
      { reason: parseReason(reason) }),
    ...(userdata !== undefined && { userdata: parseBytes(userdata) }),
    ...(values.has("pause") && { pause: true }),
    ...optional("meter", number("meter_id")),
  };
}
