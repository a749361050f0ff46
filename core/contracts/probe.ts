/** The contract of health probes: what they are like, and when a sensor counts as down or as up again. @module */

/** How the sensors of a redirect are probed. */
export interface ProbeSettings {
  /** Milliseconds between two probes. */
  readonly interval: number;
  /** Milliseconds within which the answer must come back: not more than the interval. */
  readonly timeout: number;
  /** Probes without an answer, one after the other, after which a sensor is down. */
  readonly failureThreshold: number;
  /** Answers, one after the other, after which it is up again. */
  readonly successThreshold: number;
  /** UDP datagrams, or ICMP echo requests and replies. */
  readonly protocol: "UDP" | "ICMP";
  /** The IPv4 addresses of probes. Every second probe has them the other way round. */
  readonly sourceIP: string;
  readonly destinationIP: string;
  /** Both ports of UDP probes, or the identifier of ICMP probes. */
  readonly port: number;
  /** Bytes that are added to each probe. */
  readonly size: number;
}

/**
 * What is known of a sensor. `unknown`: it has not answered often enough yet. `overloaded`: it forwards packets and loses
 * probes; it is alive.
 */
export type SensorState = "unknown" | "up" | "down" | "overloaded";

/** A sensor between two ports. */
export interface SensorPair {
  /** No other sensor has it. */
  readonly id: string;
  /** The numbers of its ports. A sensor with one port has the same number twice. */
  readonly target: number;
  readonly return: number;
}

/** A sensor that is to be probed. */
export interface ProbedSensor extends SensorPair {
  readonly settings: ProbeSettings;
  /** What was known of it before it was given to the prober. @default {"unknown"} */
  readonly state?: SensorState;
}

/** What counts for absent fields, and for a redirect with `failureMode: Open` that has no `healthProbe`. */
export const DEFAULT_PROBE: ProbeSettings = {
  interval: 200,
  timeout: 100,
  failureThreshold: 3,
  successThreshold: 15,
  protocol: "UDP",
  sourceIP: "198.18.81.206",
  destinationIP: "198.19.81.206",
  port: 20942,
  size: 0,
};

/** The MACs of probes: `source` goes with `sourceIP`. Both are locally administered, and no device has them. */
export const PROBE_MACS = {
  source: "02:51:ce:00:00:01",
  destination: "02:51:ce:00:00:02",
} as const;
