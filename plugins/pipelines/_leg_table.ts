/**
 * Declaration of the table that finds the best of several copies to one port, and sends it. A leg is a copy that one
 * TrafficControl asks for in one direction. A packet asks for one leg after the other, then for the best of them.
 * @module
 */
import type { TableDeclaration } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";

const { asked, best, chosen, leg, state } = REGISTER;

export const LEG_TABLES = [
  {
    name: "Leg",
    rows: [
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
        does: "it is the best one: the more of a packet a copy has, the better it is",
        fields: [asked, best, chosen, state],
        leadsTo: [],
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
