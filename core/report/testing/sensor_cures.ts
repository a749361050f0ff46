/** Conditions of redirects whose sensors do not work, with their cures. @module */
import { blocked, sensorConditions } from "../../model/refusals/sensor_conditions.ts";
import { noTraffic } from "../no_traffic.ts";
import { Sensors, type SensorVerdict } from "../../model/choices/sensors.ts";
import { control, redirect } from "../../model/testing/fixtures.ts";
import { DEFAULT_PROBE } from "../../contracts/mod.ts";
import type { Condition } from "../../contracts/condition.ts";

const PAIRS = [{ target: "in0", return: "out0" }];
const CLOSED = { pairs: PAIRS, scope: { healthProbe: DEFAULT_PROBE } };
const OPEN = { pairs: PAIRS, scope: { ...CLOSED.scope, failureMode: "Open" } };
const START = "start the sensor; Sluice uses it again when enough probes in a row come back";

/** The conditions of a redirect with one sensor. */
function judged(hop: typeof OPEN | typeof CLOSED, verdict: SensorVerdict): Condition[] {
  const sensors = new Sensors();
  sensors.judge("in0 out0", verdict);
  sensors.stateOf(hop);
  const ips = control("ips", "1", { treatment: { hops: [hop] } });
  return sensorConditions(ips, sensors, () => undefined);
}

/** The conditions of a redirect whose sensor is not probed. */
function silent(evidence: string): Condition[] {
  const sensors = new Sensors();
  sensors.setSilence("in0 out0", evidence);
  const ips = control("ips", "1", { treatment: { hops: [{ pairs: PAIRS }] } });
  return sensorConditions(ips, sensors, () => undefined);
}

/** The conditions of a mirror with two collectors, behind internal ports without a link. */
function withoutLink(): Condition[] {
  const mirror = control("ids", "1", { treatment: { copies: [{ to: ["tap0", "tap1"] }] } });
  const port = { type: "internal", linkUp: false };
  return sensorConditions(mirror, new Sensors(), () => port);
}

type Case = readonly [string, string, () => readonly (Condition | undefined)[]];

export const SENSORS: readonly Case[] = [
  [
    "No sensor has answered yet, so packets pass without one: no packet is inspected",
    START,
    () => judged(OPEN, { state: "unknown", evidence: "" }),
  ],
  [
    'The sensor between "in0" and "out0" does not work: 3 probes in a row were lost',
    START,
    () => judged(CLOSED, { state: "down", evidence: "3 probes in a row were lost" }),
  ],
  [
    'The sensor between "in0" and "out0" loses packets: 9 of 10 are lost',
    "give it more capacity, or add sensors",
    () => judged(OPEN, { state: "overloaded", evidence: "9 of 10 are lost" }),
  ],
  [
    'No pair of its ports "in0", "out0" is there, so no packet of its Pods passes',
    "see the other conditions of the TrafficControl, or let packets pass by failureMode Open",
    () => [blocked(redirect("ips", "1", ["in0", "out0"]))],
  ],
  [
    'The sensor between "in0" and "out0" returns nothing: 24 packets went into it in 12 s, and none came back',
    "look at the sensor; give the redirect a healthProbe to know at once when it fails, and failureMode Open to let packets pass then",
    () => silent("24 packets went into it in 12 s, and none came back"),
  ],
  [
    "It has seen no packet for 10m",
    "see whether its Pods have traffic that it selects; --no-traffic-after sets the time, or turns this off",
    () => [noTraffic("10m")],
  ],
  [
    'Port "tap0" is one of several and has no link, so no packet is sent to it',
    'run "ip link set tap0 up", or name a device: in another network namespace, an internal port has no link that Open vSwitch sees',
    withoutLink,
  ],
];
