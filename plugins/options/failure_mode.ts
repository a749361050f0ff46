/** Option `failureMode`: what happens to redirected packets while the sensor does not work. @module */
import Type from "typebox";
import { DEFAULT_PROBE, defineOption } from "../../core/api.ts";

export default defineOption({
  field: "failureMode",
  docs:
    "If the sensor of a redirect fails, Closed lets no packet pass, and Open lets packets pass without the sensor. " +
    "Without it, no packet passes a sensor that hangs, and all pass if its device is gone.",
  schema: Type.Enum(["Closed", "Open"]),
  example: "Open",
  goesWith: "hops",
  // Only probes tell that a sensor hangs. The option `healthProbe`, which is read later, has the last word on them.
  effect: (failureMode) =>
    failureMode === "Open"
      ? { hop: { failureMode, healthProbe: DEFAULT_PROBE } }
      : { failsClosed: true },
});
