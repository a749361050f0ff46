/** The MAC table of the action NORMAL, as `fdb/show` writes it: ovs-vswitchd(8). Pure. @module */
import { PORT, toShortPort } from "../openflow/mod.ts";

/** Port, VLAN, MAC and age. */
const ROW = /^\s*(?<port>\d+|LOCAL)\s+\d+\s+(?<mac>[0-9a-f]{2}(?::[0-9a-f]{2}){5})\s/;

/** The MACs that have been seen at a port. */
export function macsSeenAt(text: string, ofport: number): string[] {
  return text.split("\n").flatMap((line) => {
    const { port, mac } = ROW.exec(line)?.groups ?? {};
    if (mac === undefined) return [];
    return (port === "LOCAL" ? toShortPort(PORT.LOCAL) : Number(port)) === ofport ? [mac] : [];
  });
}
