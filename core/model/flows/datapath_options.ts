/** What the datapath asks of the rest of the model. @module */
import type { FlowSet } from "./flow_set.ts";
import type { DatapathPorts } from "./part_rows.ts";

export interface DatapathOptions {
  readonly flows: FlowSet;
  readonly ports: DatapathPorts;
  /** Whether flows may send packets to the port. */
  readonly isReady: (name: string) => boolean;
  /** Whether packets that come back through these two ports of a pair would go round in a loop. */
  readonly loops: (ports: readonly string[]) => boolean;
}
