/** What the actions of flows mean that ofproto/trace shows: ovs-actions(7) has their syntax. Pure. @module */
import { PORT, toShortPort } from "../openflow/mod.ts";

/** The number of a port; `many` ports that the action does not name, or none of them; or a controller. */
export type Output = number | "many" | "controller";

/** The number of the bridge's own port where ports have 16 bits, as in what ovs-vswitchd says. */
const LOCAL = toShortPort(PORT.LOCAL);

const RESERVED: Readonly<Record<string, Output>> = {
  LOCAL,
  IN_PORT: "many",
  NORMAL: "many",
  FLOOD: "many",
  ALL: "many",
};

/** Where an action sends the packet; nothing if it sends it nowhere. @param details What Open vSwitch says about it. */
export function outputOf(text: string, details: readonly string[]): Output | undefined {
  const reserved = RESERVED[text.toUpperCase()];
  if (reserved !== undefined) return reserved;
  if (/^controller\b/i.test(text)) return "controller";
  const named = /^(?:output:|output\(port=|enqueue:)(LOCAL|\d+)/i.exec(text)?.[1];
  if (named !== undefined) return toNumber(named);
  if (!/^(?:output:|output\()/.test(text)) return /^bundle\(/.test(text) ? "many" : undefined;
  const said = details.map((detail) => /^output port is (LOCAL|\d+)/i.exec(detail)?.[1])
    .find((each) => each !== undefined);
  return said === undefined ? "many" : toNumber(said);
}

const toNumber = (text: string) => /^\d/.test(text) ? Number(text) : LOCAL;
