/** What the option `healthProbe` asks for, as it stands in the scope of a hop. @module */

/** How a redirect's sensor is probed. Times are in milliseconds. */
export interface HealthProbe {
  /** From one probe to the next. */
  readonly interval: number;
  /** Within it a probe must come back. It is not longer than the interval. */
  readonly timeout: number;
  /** Lost probes in a row after which the sensor is down. */
  readonly failureThreshold: number;
  /** Probes in a row that come back before the sensor is used again. */
  readonly successThreshold: number;
  readonly protocol: "UDP" | "ICMP";
  /** IPv4 addresses. They differ. */
  readonly sourceIP: string;
  readonly destinationIP: string;
  /** Both UDP ports. */
  readonly port: number;
  /** Bytes that are added to each probe. */
  readonly size: number;
}

/** What counts for absent fields, and for a redirect with `failureMode: Open` that has no `healthProbe`. */
export const DEFAULT_PROBE: HealthProbe = {
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
