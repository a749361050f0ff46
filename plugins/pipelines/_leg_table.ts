/**
 * Declaration of the table that finds the best of several copies to one port, and sends it. A leg is a copy that one
 * TrafficControl asks for in one direction. A packet asks for one leg after the other, then for the best of them.
 * @module
 */
import type { TableDeclaration } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";

const { asked, best, bestCapped, chosen, leg, state, tag } = REGISTER;

export const LEG_TABLES = [
  {
    name: "Leg",
    rows: [
      {
        name: "list",
        priority: 41,
        matches: "a list of legs",
        does: "to Filter and Leg for each of them",
        fields: [asked, chosen],
        leadsTo: ["Filter", "Leg"],
      },
      {
        name: "ofSender",
        priority: 40,
        matches: "a leg that only the sender of this broadcast or multicast asks for",
        does: "nothing, as the bridge does not send it back",
        fields: [asked, "in_port", "eth_dst", tag],
        leadsTo: [],
      },
      {
        name: "sampleFragments",
        priority: 31,
        matches: "a fragment for a leg that samples, which its filter takes",
        does: "as the next row, by the addresses alone: only the first fragment shows the ports",
        fields: [asked, state, "eth_type", "ip_frag"],
        leadsTo: ["Leg"],
      },
      {
        name: "sample",
        priority: 30,
        matches: "a packet for a leg that samples, which its filter takes",
        does: "a hash of the connection, then to Leg again",
        fields: [asked, state],
        leadsTo: ["Leg"],
      },
      {
        name: "better",
        priority: 20,
        matches: "a leg that takes the packet, and that is better than the best one so far",
        does:
          "it is the best one: the more of a packet a copy has, the better it is; one with a cap is worse than any without",
        fields: [asked, best, bestCapped, chosen, state],
        leadsTo: [],
      },
      {
        name: "cappedTagged",
        priority: 14,
        matches:
          "the best leg, on the way to its meter; the packet has a VLAN tag that the receiver's port removes",
        does: "through the meter, then a copy without the tag to the mirror",
        fields: [asked, leg, chosen, state, "vlan_vid"],
        leadsTo: ["Balance", "Count"],
      },
      {
        name: "capped",
        priority: 13,
        matches: "the best leg, on the way to its meter",
        does: "through the meter, then a copy to the mirror, cut if the leg says so",
        fields: [asked, leg, chosen],
        leadsTo: ["Balance", "Count"],
      },
      {
        name: "cap",
        priority: 12,
        matches: "the best leg, which has a cap",
        does: "a copy to Leg again; an output to no port makes it a real copy",
        fields: [asked, leg, chosen],
        leadsTo: ["Leg"],
      },
      {
        name: "sendTagged",
        priority: 11,
        matches: "the best leg; the packet has a VLAN tag that the receiver's port removes",
        does: "a copy without the tag to the mirror",
        fields: [asked, leg, state, "vlan_vid"],
        leadsTo: ["Balance", "Count"],
      },
      {
        name: "send",
        priority: 10,
        matches: "the best leg",
        does: "a copy to the mirror, cut if the leg says so",
        fields: [asked, leg],
        leadsTo: ["Balance", "Count"],
      },
    ],
  },
] as const satisfies readonly TableDeclaration[];
