/**
 * OVSDB operations on the row of the bridge, which has notes of what Sluice has changed for its owner. Notes survive
 * a restart of the agent. Pure.
 * @module
 */
import { mutate, type Operation } from "../ovsdb/mod.ts";
import { CHOICE_PLACES, HOLDER, MARK, SCHEMA_VERSION } from "../base/marks.ts";

/**
 * Begins a key of the bridge's `external_ids`; the rest of the key is the name of a port. The note says that Sluice did
 * not make the port, and that the port took part in flooding before Sluice used it.
 */
const FLOOD_CHANGE = `${MARK}-flooded:`;

/** Adds the note that Sluice has taken a port out of flooding. */
export function noteFloodChange(bridge: string, port: string): Operation {
  const note = new Map([[`${FLOOD_CHANGE}${port}`, SCHEMA_VERSION]]);
  return mutate("Bridge", [["name", "==", bridge]], [["external_ids", "insert", note]]);
}

/** Removes that note. */
export function forgetFloodChange(bridge: string, port: string): Operation {
  const key = new Set([`${FLOOD_CHANGE}${port}`]);
  return mutate("Bridge", [["name", "==", bridge]], [["external_ids", "delete", key]]);
}

/** Names of the ports with such a note. @param external_ids Of the bridge. */
export function notedFloodChanges(external_ids: Readonly<Record<string, string>>): string[] {
  return Object.keys(external_ids).filter((key) => key.startsWith(FLOOD_CHANGE))
    .map((key) => key.slice(FLOOD_CHANGE.length));
}

/** Notes which agent has the lock of the bridge. @param holder As `formatHolder` writes it; if absent, no agent. */
export function noteHolder(bridge: string, holder: string | undefined): Operation {
  const insert = holder === undefined
    ? []
    : [["external_ids", "insert", new Map([[HOLDER, holder]])] as const];
  return mutate("Bridge", [["name", "==", bridge]], [
    ["external_ids", "delete", new Set([HOLDER])],
    ...insert,
  ]);
}

/**
 * Makes the notes of places those that are wanted.
 *
 * @param external_ids Of the bridge.
 * @returns Nothing if they are so already.
 */
export function notePlaces(
  bridge: string,
  external_ids: Readonly<Record<string, string>>,
  wanted: ReadonlyMap<string, string>,
): Operation | undefined {
  const stale = Object.entries(external_ids)
    .filter(([key, note]) => key.startsWith(CHOICE_PLACES) && wanted.get(key) !== note);
  const missing = new Map([...wanted].filter(([key, note]) => external_ids[key] !== note));
  if (stale.length === 0 && missing.size === 0) return undefined;
  return mutate("Bridge", [["name", "==", bridge]], [
    ["external_ids", "delete", new Set(stale.map(([key]) => key))],
    ["external_ids", "insert", missing],
  ]);
}

const PROTOCOL = "OpenFlow15";

/** Key of the bridge's `external_ids`; its value is the protocol that Sluice has added to the bridge. */
const ALLOWED = `${MARK}-allowed-protocol`;

/** Adds OpenFlow 1.5 to the bridge's protocols, with a note; does nothing if the bridge allows OpenFlow 1.5 already. */
export function allowOpenFlow15(bridge: string): Operation {
  return mutate("Bridge", [["name", "==", bridge], ["protocols", "excludes", PROTOCOL]], [
    ["protocols", "insert", PROTOCOL],
    ["external_ids", "insert", new Map([[ALLOWED, PROTOCOL]])],
  ]);
}

/** The protocol that Sluice has added, if it has. @param external_ids Of the bridge. */
export function allowedProtocol(
  external_ids: Readonly<Record<string, string>>,
): string | undefined {
  return external_ids[ALLOWED];
}

/** Removes the protocol that Sluice has added, and the note about it. */
export function disallowProtocol(bridge: string, protocol: string): Operation {
  return mutate("Bridge", [["name", "==", bridge]], [
    ["protocols", "delete", protocol],
    ["external_ids", "delete", new Set([ALLOWED])],
  ]);
}
