/** Option `startTime`: when a TrafficControl begins. @module */
import { defineOption } from "../../core/api.ts";
import { MOMENT, momentOf, momentProblems } from "./_moment.ts";

export default defineOption({
  field: "startTime",
  docs:
    "Before this time, in the form of RFC 3339, the TrafficControl does nothing and has the condition Pending.",
  schema: MOMENT,
  example: "2026-12-24T18:00:00Z",
  check: momentProblems,
  effect: (startTime) => ({ from: momentOf(startTime) }),
});
