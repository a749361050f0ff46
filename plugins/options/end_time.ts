/** Option `endTime`: when a TrafficControl ends. @module */
import { defineOption } from "../../core/api.ts";
import { MOMENT, momentOf, momentProblems } from "./_moment.ts";

export default defineOption({
  field: "endTime",
  docs:
    "From this time on, in the form of RFC 3339, the TrafficControl does nothing and has the condition Expired.",
  schema: MOMENT,
  example: "2026-12-24T20:00:00+01:00",
  check: momentProblems,
  effect: (endTime) => ({ until: momentOf(endTime) }),
});
