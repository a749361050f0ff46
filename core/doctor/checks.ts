/** All checks in the order of the output: a check stands behind those whose subject it needs. @module */
import { BRIDGE } from "./bridge.ts";
import type { Check, Finding } from "./check.ts";
import { CONTROLS } from "./controls.ts";
import type { Facts } from "./facts.ts";
import { FLOWS } from "./flows.ts";
import { MTU } from "./mtu.ts";
import { NODE } from "./node.ts";
import { OWNERS } from "./owners.ts";
import { PORTS } from "./ports.ts";
import { SENSORS } from "./sensors.ts";
import { SOCKETS } from "./sockets.ts";

export const CHECKS: readonly Check[] = [
  ...SOCKETS,
  ...BRIDGE,
  ...OWNERS,
  ...FLOWS,
  ...PORTS,
  ...MTU,
  ...NODE,
  ...CONTROLS,
  ...SENSORS,
];

export const examine = (facts: Facts): readonly Finding[] =>
  CHECKS.flatMap((check) => check(facts));
