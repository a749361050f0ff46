/**
 * The metrics that each TrafficControl has, of what was done for it on this node, and those of Pods that it has counted.
 * @module
 */
import { Counter, type Registry } from "prom-client";
import type { ControlCounts } from "./counters.ts";
import { type MetricDefinition, OF_BRIDGE } from "./metric_definition.ts";

/** Their labels. Names of TrafficControls are no secret of a tenant: only who may write them in the whole cluster does. */
export const OF_CONTROL = ["name", "direction", "what"] as const;
/** Those of Pods. Whoever may write TrafficControls asks for them. */
export const OF_POD = ["name", "namespace", "pod", "direction", "what"] as const;

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
  podPackets: {
    name: "sluice_traffic_control_pod_packets_total",
    type: "counter",
    help: "Those of these packets that the Pod sent or received, with `counters: PerPod`.",
    isOfPod: true,
  },
  podBytes: {
    name: "sluice_traffic_control_pod_bytes_total",
    type: "counter",
    help: "Bytes of the Pod's packets: whole frames, also where a copy is cut.",
    isOfPod: true,
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** What was done to the packets of one Pod for one TrafficControl. */
export interface PodSeries {
  /** Of the TrafficControl. */
  readonly name: string;
  readonly namespace: string;
  readonly pod: string;
  readonly done: ControlCounts;
}

/** Two metrics with the same labels. */
class PacketsAndBytes {
  readonly #packets: Counter;
  readonly #bytes: Counter;

  constructor(
    registry: Registry,
    labelNames: readonly string[],
    [packets, bytes]: readonly [MetricDefinition, MetricDefinition],
  ) {
    const options = ({ name, help }: MetricDefinition) => ({
      name,
      help,
      labelNames,
      registers: [registry],
    });
    this.#packets = new Counter(options(packets));
    this.#bytes = new Counter(options(bytes));
  }

  reset(): void {
    this.#packets.reset();
    this.#bytes.reset();
  }

  add(whose: Readonly<Record<string, string>>, done: ControlCounts): void {
    for (const [what, byDirection] of Object.entries(done)) {
      for (const [direction, { packets, bytes }] of Object.entries(byDirection)) {
        const labels = { ...whose, direction, what };
        this.#packets.inc(labels, packets);
        this.#bytes.inc(labels, bytes);
      }
    }
  }
}

interface BridgeCounted {
  /** One of several bridges. */
  readonly bridge?: string;
  /** By name of a TrafficControl. */
  readonly eachControl: ReadonlyMap<string, ControlCounts>;
  readonly eachPod: readonly PodSeries[];
}

export class ControlMetrics {
  readonly #ofControls: PacketsAndBytes;
  readonly #ofPods: PacketsAndBytes;

  /** @param ofBridge Labels that come first. */
  constructor(registry: Registry, ofBridge: readonly string[]) {
    const { packets, bytes, podPackets, podBytes } = CONTROL_METRICS;
    this.#ofControls = new PacketsAndBytes(registry, [...ofBridge, ...OF_CONTROL], [
      packets,
      bytes,
    ]);
    this.#ofPods = new PacketsAndBytes(registry, [...ofBridge, ...OF_POD], [podPackets, podBytes]);
  }

  /** Only these TrafficControls and Pods have series: what the switch has counted for others is gone. */
  tell(bridges: readonly BridgeCounted[]): void {
    this.#ofControls.reset();
    this.#ofPods.reset();
    for (const { bridge, eachControl, eachPod } of bridges) {
      const on = bridge === undefined ? {} : { [OF_BRIDGE]: bridge };
      for (const [name, done] of eachControl) this.#ofControls.add({ ...on, name }, done);
      for (const { name, namespace, pod, done } of eachPod) {
        this.#ofPods.add({ ...on, name, namespace, pod }, done);
      }
    }
  }
}
