/** Declaration of the table that counts what is done to packets. @module */
import type { TableDeclaration } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";

const counting = (counts: "copied" | "redirected" | "dropped", priority: number) => ({
  name: counts,
  priority,
  matches: `a packet that is ${counts} for a TrafficControl`,
  does: "nothing: the row only counts",
  fields: [REGISTER.counter],
  leadsTo: [],
  counts,
});

export const COUNT_TABLES = [
  {
    name: "Count",
    rows: [
      { ...counting("copied", 12), name: "copied" },
      { ...counting("redirected", 11), name: "redirected" },
      { ...counting("dropped", 10), name: "dropped" },
    ],
  },
] as const satisfies readonly TableDeclaration[];
