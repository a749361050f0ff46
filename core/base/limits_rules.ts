/** Limits of the rules of a TrafficControl. @module */
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
} as const satisfies Readonly<Record<string, Limit>>;
