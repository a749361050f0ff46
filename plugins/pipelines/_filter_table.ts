/** Declaration of the table that says which packets the rules of a TrafficControl are about. @module */
import { LIMITS, type TableDeclaration } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";

/** The priority of the first rule's rows. Those of each further rule have one less. */
const FIRST_RULE = 1000;

export const FILTER_TABLES = [
  {
    name: "Filter",
    rows: [
      {
        name: "rule",
        priority: FIRST_RULE,
        lowestPriority: FIRST_RULE - LIMITS.rules + 1,
        matches: "what a rule of the filter is about; the first rule has the highest priority",
        does: "`Include`: mark it `hit`; `Skip`: nothing. Or one part of a conjunction of lists",
        fields: [
          ...[REGISTER.asked, "conj_id", "eth_type", "ip_src", "ip_dst", "ipv6_src", "ipv6_dst"],
          ...["ip_proto", "ip_frag", "tcp_flags", "tcp_src", "tcp_dst", "udp_src", "udp_dst"],
          ...["sctp_src", "sctp_dst"],
        ],
        leadsTo: [],
      },
      {
        name: "noRule",
        priority: 0,
        matches: "anything else, for a filter that has no rule `Include`",
        does: "mark it `hit`",
        fields: [REGISTER.asked],
        leadsTo: [],
      },
    ],
  },
] as const satisfies readonly TableDeclaration[];
