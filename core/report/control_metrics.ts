/** The metrics that each TrafficControl has, of what was done for it on this node. @module */
import { Counter, type Registry } from "prom-client";
import type { ControlCounts } from "./counters.ts";
import type { MetricDefinition } from "./metric_definition.ts";

/** Their labels. Names of TrafficControls are no secret of a tenant: only who may write them in the whole cluster does. */
export const OF_CONTROL = ["name", "direction", "what"] as const;

export const CONTROL_METRICS = {
  packets: {
    name: "sluice_traffic_control_packets_total",
    type: "counter",
    help: "Packets that were copied, redirected or dropped for the TrafficControl on this node.",
    isOfControl: true,
  },
  bytes: {
    name: "sluice_traffic_control_bytes_total",
    type: "counter",
    help: "Bytes of these packets: whole frames, also where a copy is cut.",
    isOfControl: true,
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export class ControlMetrics {
  readonly #packets: Counter;
  readonly #bytes: Counter;

  constructor(registry: Registry) {
    const options = ({ name, help }: MetricDefinition) => ({
      name,
      help,
      labelNames: OF_CONTROL,
      registers: [registry],
    });
    this.#packets = new Counter(options(CONTROL_METRICS.packets));
    this.#bytes = new Counter(options(CONTROL_METRICS.bytes));
  }

  /** Only these TrafficControls have series: what the switch has counted for others is gone. */
  tell(counts: ReadonlyMap<string, ControlCounts>): void {
    for (const metric of [this.#packets, this.#bytes]) metric.reset();
    for (const [name, done] of counts) {
      for (const [what, byDirection] of Object.entries(done)) {
        for (const [direction, { packets, bytes }] of Object.entries(byDirection)) {
          const labels = { name, direction, what };
          this.#packets.inc(labels, packets);
          this.#bytes.inc(labels, bytes);
        }
      }
    }
  }
}
