/** Of which TrafficControls it is said that they see no packet. Pure. @module */
import { type Condition, warning } from "../contracts/condition.ts";
import { sensorConditions } from "../model/refusals/sensor_conditions.ts";
import type { Model } from "../model/model.ts";
import { copyPortsOf, pairsOf } from "../model/pods/treatments.ts";
import type { Control } from "../objects/types.ts";

const LOOK_AT_PODS =
  "see whether its Pods have traffic that it selects; --no-traffic-after sets the time, or turns this off";

/** The warning. Its text is the same as long as it lasts. @param time How long no packet has come, in words. */
export function noTraffic(time: string): Condition {
  return warning("NoTraffic", `It has seen no packet for ${time}`, LOOK_AT_PODS);
}

/** `90s` or `10m`: as the setting has it. */
export function timeText(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const unit = ([[3600, "h"], [60, "m"]] as const).find(([size]) => seconds % size === 0);
  return unit ? `${seconds / unit[0]}${unit[1]}` : `${seconds}s`;
}

const targetsOf = ({ treatment }: Control) =>
  new Set([...copyPortsOf(treatment), ...pairsOf(treatment).map(({ target }) => target)]);

/**
 * Names of the realized TrafficControls that do something to Pods of this node. Not those that share a target port: a copy
 * for two of them counts for one. And not those with a sensor that does not work: what passes it by does not count.
 */
export function watchedControls(model: Model): string[] {
  const names = new Set(model.datapath.countersInUse().map(({ control }) => control));
  if (names.size === 0) return [];
  const uses = new Map<string, number>();
  const acts = (name: string, control: Control) =>
    // what is counted acts; to ask the others takes longer
    names.has(name) || (model.selection.selectsAny(name) && model.readiness.acting(control));
  for (const [name, control] of model.controls) {
    if (!acts(name, control)) continue;
    for (const port of targetsOf(control)) uses.set(port, (uses.get(port) ?? 0) + 1);
  }
  const { sensors } = model.datapath;
  const isWatched = (control: Control | undefined) =>
    control !== undefined && model.readiness.isRealized(control) &&
    targetsOf(control).values().every((port) => uses.get(port) === 1) &&
    sensorConditions(control, sensors, (port) => model.ports.named(port)).length === 0;
  return [...names].filter((name) => isWatched(model.controls.get(name)));
}
