/** What is counted of a bridge. @module */
import type { SensorState } from "../contracts/mod.ts";
import type { FlowCounts } from "../apply/flow_writer.ts";

/** Counts events of a bridge: see `Metrics`. */
export interface BridgeMetrics {
  round(result: "ok" | "failed", milliseconds: number): void;
  flowsChanged(command: "add" | "modify" | "delete", count: number): void;
  sensorJudged(state: SensorState): void;
  connected(peer: "openflow"): void;
}

/** Counts the flows of one bundle. */
export function countFlows(metrics: BridgeMetrics, counts: FlowCounts): void {
  for (const command of ["add", "modify", "delete"] as const) {
    metrics.flowsChanged(command, counts[command]);
  }
}
