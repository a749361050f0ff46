/** What a fault of a run is. @module */
import type { Need } from "./operations.ts";
import type { World } from "./world.ts";

export interface Fault {
  readonly name: string;
  /** The probability is proportional to this number. */
  readonly weight: number;
  /** What it happens to. A fault with this can also happen while another one lasts that does not break it. */
  readonly of?: "agent";
  /** What does not work meanwhile. */
  readonly breaks?: readonly Need[];
  readonly begin: (world: World) => Promise<unknown> | void;
  readonly end: (world: World) => Promise<unknown> | void;
}
