/** A finding for each condition that hinders TrafficControls. @module */
import { LIMITS } from "../base/limits.ts";
import { type Condition, cureOf, isPlanned, type Reason } from "../contracts/condition.ts";
import { canonical } from "../base/canonical.ts";
import { type Check, defineCheck, orElse, problem, type Verdict, warning } from "./check.ts";
import type { ControlFacts, Facts } from "./facts.ts";

/** The names by each condition that they have. */
function byCondition(controls: readonly ControlFacts[]): Map<Condition, string[]> {
  const found = new Map<string, [Condition, string[]]>();
  for (const { name, conditions } of controls) {
    for (const condition of conditions) {
      const key = canonical(condition);
      const [, names] = found.get(key) ?? [condition, []];
      found.set(key, [condition, [...names, name]]);
    }
  }
  return new Map(found.values());
}

function named(names: readonly string[]): string {
  const shown = names.slice(0, LIMITS.doctorNamed).map((name) => `"${name}"`).join(", ");
  const more = names.length > LIMITS.doctorNamed
    ? ` and ${names.length - LIMITS.doctorNamed} more`
    : "";
  return `TrafficControl${names.length > 1 ? "s" : ""} ${shown}${more}`;
}

/** Another redirect of the same Pod may well be meant to win. */
const isWarning = ({ warning, reason }: Condition) => warning || reason === "Superseded";

function lookAtControls(controls: readonly ControlFacts[], facts: Facts): readonly Verdict[] {
  const found = [...byCondition(withoutCommon(controls, facts))];
  return orElse(
    found.map(([condition, names]) => {
      const { reason, message } = condition;
      const make = isWarning(condition) ? warning : problem;
      return make(`${named(names)}: ${reason}: ${message}`, cureOf(condition)!);
    }),
    `Nothing hinders any of ${controls.length} TrafficControls`,
  );
}

/** The check `sensors` finds them, too, for each sensor. */
const OF_SENSORS: readonly Reason[] = ["SensorDown", "SensorOverloaded", "Bypassed"];

/**
 * The agent reports with each TrafficControl what hinders the whole bridge, and what is wrong with a sensor. The doctor
 * finds it once. That a TrafficControl's time has not come, or is over, is no fault.
 */
function withoutCommon(controls: readonly ControlFacts[], { agent }: Facts): ControlFacts[] {
  const ofBridge = new Set(agent.state === "running" ? agent.conditions.map(canonical) : []);
  const isTold = agent.state === "running" && agent.sensors.length > 0;
  return controls.map(({ name, conditions }) => ({
    name,
    conditions: conditions.filter((each) =>
      !isPlanned(each) && !ofBridge.has(canonical(each)) &&
      !(isTold && OF_SENSORS.includes(each.reason))
    ),
  }));
}

export const CONTROLS: readonly Check[] = [
  defineCheck("controls", {
    subject: ({ controls }) => controls,
    look: lookAtControls,
  }),
];
