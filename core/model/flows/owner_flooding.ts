/** Whether the bridge's owner sends broadcast and multicast to all ports of a VLAN, as the action NORMAL does. Pure. @module */
import type { BridgeFacts } from "../../contracts/mod.ts";
import { type Flow, PORT } from "../../openflow/mod.ts";

/** The highest priority of these flows in table 0. Flows with a lower one do not matter to `isNormal`. */
export const highestPriority = (foreign: readonly Flow[]): number =>
  foreign.reduce((most, { table, priority }) => table === 0 ? Math.max(most, priority) : most, 0);

/** Whether NORMAL gets each packet that enters the bridge: the first flow of table 0 sends it all packets. */
export function isNormal(foreign: readonly Flow[]): boolean {
  const highest = highestPriority(foreign);
  const first = foreign.filter(({ table, priority }) => table === 0 && priority === highest);
  return first.length === 1 &&
    first.every(({ match, actions }) =>
      Object.keys(match).length === 0 && actions.length === 1 &&
      actions[0]!.type === "output" && actions[0]!.port === PORT.NORMAL
    );
}

/** Whether the bridge's settings let NORMAL flood to every port: no snooping of groups, no port that mirrors reserve. */
export const floodsToAll = ({ multicastSnooping, mirrors }: BridgeFacts): boolean =>
  !multicastSnooping && !mirrors;
