/** Declarations of the tables that learn what a pair does not show, and put it back into what comes from a pair. @module */
import type { TableDeclaration } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";

const { state, original, tag } = REGISTER;

/**
 * Earlier versions learned flows that match no VLAN, at the priorities 10, 12 and 25. They stay in the switch until they
 * have been idle for long enough, so those that are learned now come before them.
 */
const PRIORITY = { learnedTagOfPod: 26, learnedTag: 14, learned: 13 } as const;

export const RESTORE_TABLES = [
  {
    name: "Restore",
    rows: [
      {
        name: "learnTagOfPod",
        priority: 31,
        matches:
          "from a Pod's port, on the way to a pair, with a VLAN tag that the pair does not get",
        does: "learn the tag, and the port if the Pod has no MAC that is only its own",
        fields: ["in_port", "vlan_vid", state],
        leadsTo: ["Restore"],
      },
      {
        name: "learnTag",
        priority: 30,
        matches: "the same, from another port",
        does: "learn the port and the tag",
        fields: ["vlan_vid", state],
        leadsTo: ["Restore"],
      },
      {
        name: "learnedTagOfPod",
        priority: PRIORITY.learnedTagOfPod,
        matches:
          "no tag, from the pair, with both MACs of such a packet and the Pod's port, when it was found",
        does: "find the tag that was learned",
        fields: [original, "eth_src", "eth_dst", "vlan_vid", state],
        leadsTo: [],
      },
      {
        name: "localPod",
        priority: 20,
        matches: "a local Pod's source MAC",
        does: "find the Pod's port",
        fields: ["eth_src"],
        leadsTo: [],
      },
      {
        name: "learnOfPod",
        priority: 16,
        matches: "on the way to its first pair, from a Pod that has no MAC that is only its own",
        does: "learn the port",
        fields: ["in_port", state],
        leadsTo: ["Restore"],
      },
      {
        name: "learn",
        priority: 15,
        matches: "on the way to its first pair, from another sender",
        does: "learn the port",
        fields: [state],
        leadsTo: ["Restore"],
      },
      {
        name: "learnedTag",
        priority: PRIORITY.learnedTag,
        matches:
          "no tag, from the pair, with both MACs of a packet that was sent to it without its tag, not by a Pod",
        does: "find the port and the tag that were learned",
        fields: ["eth_src", "eth_dst", "vlan_vid", state],
        leadsTo: [],
      },
      {
        name: "learned",
        priority: PRIORITY.learned,
        matches: "the source MAC and the VLAN of a packet that was sent to a pair",
        does: "find the port that was learned",
        fields: ["eth_src", "vlan_vid"],
        leadsTo: [],
      },
    ],
  },
  {
    name: "RestorePort",
    rows: [
      {
        name: "refresh",
        priority: 3,
        matches: "a packet mark that no packet has; only on some bridges, see below",
        does: "dropped",
        fields: ["pkt_mark"],
        leadsTo: [],
      },
      {
        name: "tagged",
        priority: 2,
        matches: "a port and a tag were found",
        does: "set `in_port` to that port again, add the tag, then to Source",
        fields: [tag],
        leadsTo: ["Source"],
      },
      {
        name: "unknown",
        priority: 1,
        matches: "no port was found",
        does: "dropped",
        fields: [original],
        leadsTo: [],
      },
      {
        name: "known",
        priority: 0,
        matches: "anything else",
        does: "set `in_port` to that port again, then to Source",
        fields: [],
        leadsTo: ["Source"],
      },
    ],
  },
] as const satisfies readonly TableDeclaration[];
