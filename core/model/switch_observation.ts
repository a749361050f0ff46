/** What the observer tells the model about the switch. @module */
import type { Condition } from "../contracts/condition.ts";
import type { DeliveriesByPort } from "./flows/deliveries.ts";
import type { Flow } from "../openflow/mod.ts";

/** What the model must know about the switch. */
export interface SwitchObservation {
  /** Flows that carry Sluice's mark, without those that the switch learned. */
  readonly flows: readonly Flow[];
  /** Flows of the owner in table 0 and in the tables of the pipeline. */
  readonly foreign: readonly Flow[];
  /** Those of them that send packets to ports; absent if the pipeline does not stand in their place. */
  readonly deliveries?: DeliveriesByPort;
  /** Why no redirect can be realized on the bridge; absent if redirects are possible. */
  readonly noRedirects: Condition | undefined;
  /** Why no redirect can be realized while the bridge floods packets into the ports of pairs; absent if it can. */
  readonly noRedirectsWhileFlooding: Condition | undefined;
}
