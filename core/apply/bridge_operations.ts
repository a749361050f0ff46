/** OVSDB operations on the row of the bridge: notes of what Sluice changed there, and protocols. Pure. @module */
import { mutate, type Operation } from "../ovsdb/mod.ts";
import { MARK, SCHEMA_VERSION } from "../base/marks.ts";

/** Keys of the bridge's `external_ids`: the port was somebody else's and flooded before we used it. */
const FLOOD_CHANGE = `${MARK}-flooded:`;

export function noteFloodChange(bridge: string, port: string): Operation {
  const note = new Map([[`${FLOOD_CHANGE}${port}`, SCHEMA_VERSION]]);
  return mutate("Bridge", [["name", "==", bridge]], [["external_ids", "insert", note]]);
}

export function forgetFloodChange(bridge: string, port: string): Operation {
  const key = new Set([`${FLOOD_CHANGE}${port}`]);
  return mutate("Bridge", [["name", "==", bridge]], [["external_ids", "delete", key]]);
}

/** Names of the ports that are noted. */
export function notedFloodChanges(external_ids: Readonly<Record<string, string>>): string[] {
  return Object.keys(external_ids).filter((key) => key.startsWith(FLOOD_CHANGE))
    .map((key) => key.slice(FLOOD_CHANGE.length));
}

const PROTOCOL = "OpenFlow15";

/** Key of the bridge's `external_ids`: the value is a protocol that its owner did not allow. */
const ALLOWED = `${MARK}-allowed-protocol`;

/** Adds to the bridge's protocols, unless it is there; the others stay. The bridge's row remembers it. */
export function allowOpenFlow15(bridge: string): Operation {
  return mutate("Bridge", [["name", "==", bridge], ["protocols", "excludes", PROTOCOL]], [
    ["protocols", "insert", PROTOCOL],
    ["external_ids", "insert", new Map([[ALLOWED, PROTOCOL]])],
  ]);
}

/** The protocol that was added, if one was. */
export function allowedProtocol(
  external_ids: Readonly<Record<string, string>>,
): string | undefined {
  return external_ids[ALLOWED];
}

/** As the owner had it. */
export function disallowProtocol(bridge: string, protocol: string): Operation {
  return mutate("Bridge", [["name", "==", bridge]], [
    ["protocols", "delete", protocol],
    ["external_ids", "delete", new Set([ALLOWED])],
  ]);
}
