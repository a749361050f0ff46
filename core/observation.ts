/** What the switch has, given to the model. @module */
import type { Condition } from "./conditions.ts";
import type { Pipeline } from "./contracts/mod.ts";
import type { Model } from "./model.ts";
import { whyNoRedirects, whyNotWhileFlooding, whyUnusable } from "./ownership.ts";
import type { SwitchState } from "./switch.ts";

/** @returns Why nothing may be written there. */
export function takeObservation(
  model: Model,
  pipeline: Pipeline,
  { flows, foreign, toAll, toFlood }: SwitchState,
): Condition | undefined {
  model.flows.observe(flows);
  model.places.observe(foreign);
  model.redirects.observe(whyNoRedirects(toAll), whyNotWhileFlooding(toFlood));
  return whyUnusable(foreign, pipeline);
}
