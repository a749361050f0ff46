/** Declaration of the tables that count what is done to packets. @module */
import type { TableDeclaration } from "../../core/api.ts";
import { REGISTER } from "./_layout.ts";

const counting = (counts: "copied" | "redirected" | "dropped", priority: number) => ({
  name: counts,
  priority,
  matches: `a packet that is ${counts} for a TrafficControl`,
  does: "nothing: the row only counts; with `counters: PerPod`, to PodCount",
  fields: [REGISTER.counter],
  leadsTo: ["PodCount"],
  counts,
});

const countingForPod = (counts: "copied" | "redirected" | "dropped", priority: number) => ({
  name: counts,
  priority,
  matches: "such a packet that a Pod sends, or that a Pod receives",
  does: "nothing: the row only counts",
  fields: [REGISTER.counter, "in_port", REGISTER.receiver],
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
  {
    name: "PodCount",
    rows: [
      { ...countingForPod("copied", 12), name: "copied" },
      { ...countingForPod("redirected", 11), name: "redirected" },
      { ...countingForPod("dropped", 10), name: "dropped" },
    ],
  },
] as const satisfies readonly TableDeclaration[];
