/** Limits of what a TrafficControl says of packets. @module */
import type { Limit } from "./limit.ts";

export const RULE_LIMITS = {
  rules: {
    of: "rules of a TrafficControl",
    most: 32,
    unit: "pieces",
    beyond: "the TrafficControl is refused",
  },
  ruleList: {
    of: "peers, ports or exceptions in one list of a rule",
    most: 64,
    unit: "pieces",
    beyond: "the TrafficControl is refused",
  },
  // Each of them is a flow or two in each direction. Full lists of single addresses and ports come to 6,144.
  ruleMatches: {
    of: "blocks of addresses and of ports that all rules of a TrafficControl come to",
    most: 8192,
    unit: "pieces",
    beyond: "the TrafficControl is refused",
  },
  // Of a packet that passes over all pairs of two chains, each pair costs three of the 64 steps that Open vSwitch takes within
  // each other (MAX_RESUBMIT_DEPTH), and the bridge's owner needs some, too.
  chain: {
    of: "redirects with chainOrder that are in effect for one Pod",
    most: 6,
    unit: "pieces",
    beyond: "the others by rank are not in effect, with the condition Superseded",
  },
} as const satisfies Readonly<Record<string, Limit>>;
