/** What the model is told of the switch. @module */
import type { Condition } from "../contracts/condition.ts";
import type { Flow } from "../openflow/mod.ts";

/** What the switch has, as far as the model must know it. */
export interface SwitchObservation {
  /** Flows that carry Sluice's mark, without those that the switch learned. */
  readonly flows: readonly Flow[];
  /** Flows of the owner in table 0 and in the tables of the pipeline. */
  readonly foreign: readonly Flow[];
  /** Why the bridge bears no redirect at all; absent when it does. */
  readonly noRedirects: Condition | undefined;
  /** Why it bears none as long as its ports cannot be taken out of flooding. */
  readonly noRedirectsWhileFlooding: Condition | undefined;
}
