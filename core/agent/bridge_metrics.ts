/** What is counted of a bridge. @module */
import type { SensorState } from "../contracts/mod.ts";
import type { FlowCounts } from "../apply/flow_writer.ts";
import type { Round } from "../apply/reconciler.ts";
import type { EventClock } from "./event_clock.ts";

/** Counts events of a bridge: see `Metrics`. */
export interface BridgeMetrics {
  round(result: "ok" | "failed", milliseconds: number): void;
  eventWritten(milliseconds: number): void;
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

/** Counts a round, with its flows and what it took since the changes of objects that led to it. */
export function countRound(metrics: BridgeMetrics, clock: EventClock, round: Round): void {
  const { failure, client, duration, flows } = round;
  metrics.round(failure ? "failed" : "ok", duration);
  flows.forEach((counts) => countFlows(metrics, counts));
  const latency = clock.roundEnded(client !== undefined && !failure, flows.length > 0);
  if (latency !== undefined) metrics.eventWritten(latency);
}
