/** What is said about a sensor. @module */

import type { SensorState } from "../contracts/mod.ts";

export type { SensorState } from "../contracts/mod.ts";

/** A state, and how it is known. */
export interface Verdict {
  readonly state: SensorState;
  /** In words, without a full stop. */
  readonly evidence: string;
  /** When it became so, in milliseconds of the prober's clock. */
  readonly since: number;
}
