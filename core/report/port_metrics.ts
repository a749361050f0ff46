/** The metrics that each target and return port has. @module */
import { Counter, type Registry } from "prom-client";
import type { PortCounts } from "./live_port_counts.ts";
import { type MetricDefinition, OF_BRIDGE } from "./metric_definition.ts";
import { OF_SENSOR } from "./sensor_metrics.ts";

/** Their label. Metrics may be open to the network, so they have numbers of ports and no names. */
export const OF_PORT = OF_SENSOR;

export const PORT_METRICS = {
  sentPackets: {
    name: "sluice_port_sent_packets_total",
    type: "counter",
    help: "Packets that the bridge has sent into a target or return port.",
    isOfPort: true,
  },
  sentBytes: {
    name: "sluice_port_sent_bytes_total",
    type: "counter",
    help: "Bytes of these packets.",
    isOfPort: true,
  },
  receivedPackets: {
    name: "sluice_port_received_packets_total",
    type: "counter",
    help: "Packets that have come to the bridge from a target or return port.",
    isOfPort: true,
  },
  receivedBytes: {
    name: "sluice_port_received_bytes_total",
    type: "counter",
    help: "Bytes of these packets.",
    isOfPort: true,
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** What they say of one port. */
export interface PortSeries extends PortCounts {
  /** Its number in OpenFlow. */
  readonly port: number;
}

interface BridgePorts {
  /** One of several bridges. */
  readonly bridge?: string;
  readonly eachPort: readonly PortSeries[];
}

export class PortMetrics {
  readonly #counters: Readonly<Record<keyof typeof PORT_METRICS, Counter>>;

  /** @param ofBridge Labels that come first. */
  constructor(registry: Registry, ofBridge: readonly string[]) {
    const counter = ({ name, help }: MetricDefinition) =>
      new Counter({ name, help, labelNames: [...ofBridge, OF_PORT], registers: [registry] });
    this.#counters = {
      sentPackets: counter(PORT_METRICS.sentPackets),
      sentBytes: counter(PORT_METRICS.sentBytes),
      receivedPackets: counter(PORT_METRICS.receivedPackets),
      receivedBytes: counter(PORT_METRICS.receivedBytes),
    };
  }

  /** Only ports that are there now have series: a number may be that of another port later. */
  tell(bridges: readonly BridgePorts[]): void {
    for (const counter of Object.values(this.#counters)) counter.reset();
    for (const { bridge, eachPort } of bridges) {
      for (const { port, sent, received } of eachPort) {
        const labels = {
          ...(bridge !== undefined && { [OF_BRIDGE]: bridge }),
          [OF_PORT]: `${port}`,
        };
        this.#counters.sentPackets.inc(labels, sent.packets);
        this.#counters.sentBytes.inc(labels, sent.bytes);
        this.#counters.receivedPackets.inc(labels, received.packets);
        this.#counters.receivedBytes.inc(labels, received.bytes);
      }
    }
  }
}
