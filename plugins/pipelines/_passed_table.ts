/** Declaration of the table that says which pairs a packet has been in for its sender. @module */
import type { TableDeclaration } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";

const { choice, egress } = REGISTER;

export const PASSED_TABLES = [
  {
    name: "Passed",
    rows: [
      {
        name: "pair",
        priority: 10,
        matches: "a sender whose chain has the pair; with rules, Filter is asked, too",
        does: "note that the packet has been there",
        fields: [egress, choice],
        leadsTo: ["Filter"],
      },
    ],
  },
] as const satisfies readonly TableDeclaration[];
