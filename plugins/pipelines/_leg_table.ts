/**
 * Declaration of the table that finds the best of several copies to one port, and sends it. A leg is a copy that one
 * TrafficControl asks for in one direction. A packet asks for one leg after the other, then for the best of them.
 * @module
 */
import type { TableDeclaration } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";

const { asked, best, leg, state } = REGISTER;

export const LEG_TABLES = [
  {
    name: "Leg",
    rows: [
      {
        name: "better",
        priority: 20,
        matches: "a leg that takes the packet, and that is better than the best one so far",
        does: "it is the best one: the more of a packet a copy has, the better it is",
        fields: [asked, best, state],
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
