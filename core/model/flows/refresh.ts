/**
 * Makes the switch forget what it has cached for packets, with each change of flows.
 *
 * Open vSwitch 3.1 keeps old actions in the cache of its userspace datapath ("megaflows") if two entries overlap and both
 * have traffic: packets go on being copied or redirected as before, even after Sluice's last flow is gone. It deletes an
 * entry for certain if the flows make it look at a field that the entry leaves out. So one of two rows is in the switch,
 * each of which looks at a field of its own, and each change of flows puts the other one in its place. A restart changes
 * nothing: the row that is in the switch stays. docs/decisions/020-two-rows-that-take-turns.md has the measurements.
 * @module
 */
import type { BridgeFacts } from "../../contracts/mod.ts";

/** Number of the rows that take turns. */
export type Turn = 0 | 1;
export const TURNS: readonly Turn[] = [0, 1];
export const otherTurn = (turn: Turn): Turn => turn === 0 ? 1 : 0;

/** The first version of Open vSwitch in which no entry kept old actions. */
const CURED = [3, 5] as const;

/** Whether the bridge's datapath may keep old actions. The kernel's datapath never does. */
export function keepsOldActions({ datapathType, ovsVersion = "" }: BridgeFacts): boolean {
  if (datapathType !== "netdev") return false;
  const [major, minor] = /^(\d+)\.(\d+)/.exec(ovsVersion)?.slice(1).map(Number) ?? [];
  if (major === undefined || minor === undefined) return true;
  return major < CURED[0] || (major === CURED[0] && minor < CURED[1]);
}
