/**
 * Copies that go to a session of `sluice capture`. To a pipeline, a session is a port like any other. Rows that send
 * packets there become flows that send them to the session's OpenFlow connection, through a meter of its own, which drops
 * no other copy and no packet of a Pod.
 * @module
 */
import { CAPTURE, CAPTURE_PLACES, OWN_COOKIE } from "../../base/marks.ts";
import type { PacketDirection, Row, RowAction, SwitchPort } from "../../contracts/mod.ts";

/** The name of a session's port, which is also the name of what it asks for. @param place 0 to `CAPTURE_PLACES` - 1. */
export const captureName = (place: number) => `${CAPTURE.name}${place}`;

/** The names of all of them. */
export const CAPTURE_NAMES: readonly string[] = Array.from(
  { length: CAPTURE_PLACES },
  (_, place) => captureName(place),
);

export const isCapture = (name: string) => name.startsWith(CAPTURE.name);

/** The port of a session; nothing if the name is that of another port. */
export function capturePort(name: string): SwitchPort | undefined {
  if (!isCapture(name)) return undefined;
  return { name, ofport: CAPTURE.port + Number(name.slice(CAPTURE.name.length)) };
}

/** The place of the session whose port has that number; nothing if it is another port. */
function placeOf(port: number): number | undefined {
  const place = port - CAPTURE.port;
  return place >= 0 && place < CAPTURE_PLACES ? place : undefined;
}

/** In the lower half of the cookie of flows that send to sessions. */
const CODES: Readonly<Record<PacketDirection, number>> = { egress: 1, ingress: 2 };
const CODE_BITS = 32;

/** The direction of packets that a flow with that cookie sends to a session; nothing if the cookie does not say it. */
export function directionOf(cookie: bigint): PacketDirection | undefined {
  const code = Number(BigInt.asUintN(CODE_BITS, cookie ^ OWN_COOKIE));
  if (code === CODES.egress) return "egress";
  return code === CODES.ingress ? "ingress" : undefined;
}

/** The number of the meter for the packets of one direction that a session gets. */
export const captureMeter = (place: number, direction: PacketDirection) =>
  CAPTURE.meter + place * 2 + CODES[direction] - 1;

/** The place of the session that gets what goes through the meter; nothing if it is another meter. */
export function placeOfMeter(meter: number | undefined): number | undefined {
  const place = Math.floor(((meter ?? 0) - CAPTURE.meter) / 2);
  return place >= 0 && place < CAPTURE_PLACES ? place : undefined;
}

/** The direction of the packets that the rows of a part copy. What many Pods receive is copied by those of part `flood`. */
function directionIn(part: string): PacketDirection {
  const [kind, , direction] = part.split(" ");
  return kind === "egress" || (kind === "leg" && direction === "egress") ? "egress" : "ingress";
}

const ALL_BYTES = 0xffff;

function toSession(action: RowAction, direction: PacketDirection): RowAction {
  if (action.type === "output") {
    const place = placeOf(action.port);
    if (place === undefined) return action;
    const { maxLength = ALL_BYTES } = action;
    return { type: "controller", maxLength, meter: captureMeter(place, direction) };
  }
  if (!("actions" in action) || !action.actions) return action;
  return {
    ...action,
    actions: action.actions.map((each) => toSession(each, direction)),
  } as RowAction;
}

const sends = (action: RowAction): boolean =>
  (action.type === "output" && placeOf(action.port) !== undefined) ||
  ("actions" in action && action.actions?.some(sends) === true);

/** A row of which the lower half of the flow's cookie tells something, although it does not count. */
export type CodedRow = Row & { readonly code?: number };

/** The rows of a part, of which those that send to sessions do so by the action `controller`. @param part Its key. */
export function withCaptures(part: string, rows: readonly Row[]): readonly CodedRow[] {
  const direction = directionIn(part);
  return rows.map((row) => {
    if (!row.actions.some(sends)) return row;
    const actions = row.actions.map((action) => toSession(action, direction));
    return { ...row, actions, code: CODES[direction] };
  });
}
