/** Option `counters`: whether what is done is counted for each Pod, too. @module */
import Type from "typebox";
import { defineOption } from "../../core/api.ts";

export default defineOption({
  field: "counters",
  docs:
    "With PerPod, what is done to packets is counted for each Pod, too, not for the TrafficControl alone. That costs a flow " +
    "for each Pod, direction and thing that is done. Without it, a TrafficControl counts PerTC.",
  schema: Type.Enum(["PerTC", "PerPod"]),
  example: "PerPod",
  effect: (counters) => counters === "PerPod" ? { countsByPod: true } : {},
});
