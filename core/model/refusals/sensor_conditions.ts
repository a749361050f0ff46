/** What a user should know of the sensors of a redirect. Pure. @module */
import { type Condition, warning } from "../../contracts/condition.ts";
import type { Control } from "../../objects/types.ts";
import { type Chosen, isHop } from "../choices/choices.ts";
import { probeOf, sensorId, type Sensors } from "../choices/sensors.ts";

const START_SENSOR = "start the sensor; Sluice uses it again as soon as it answers";
const INSPECTED = "until it answers, nothing of them is inspected";

/** Warnings: the flows are as the object asks for, and its sensors are not as they should be. */
export function sensorConditions({ treatment }: Control, sensors: Sensors): Condition[] {
  const hops: readonly Chosen[] = treatment.hops ?? [];
  return hops.filter((hop) => probeOf(hop) !== undefined)
    .flatMap((hop) => [...bypassed(hop, sensors), ...ofEach(hop, sensors)]);
}

function bypassed(hop: Chosen, sensors: Sensors): Condition[] {
  if (!sensors.lastStateOf(hop).isOpen) return [];
  const message = `No sensor answers, so packets pass without one: ${INSPECTED}`;
  return [warning("Bypassed", message, START_SENSOR)];
}

function ofEach(hop: Chosen, sensors: Sensors): Condition[] {
  if (!isHop(hop)) return [];
  const pairs = new Map(hop.pairs.map((pair) => [sensorId(pair), pair]));
  return [...pairs.values()].flatMap((pair) => {
    const { state, evidence } = sensors.verdictOf(pair);
    const sensor = `The sensor between "${pair.target}" and "${pair.return}"`;
    if (state === "down") {
      return [warning("SensorDown", `${sensor} does not work: ${evidence}`, START_SENSOR)];
    }
    if (state !== "overloaded") return [];
    const message = `${sensor} loses packets: ${evidence}`;
    return [warning("SensorOverloaded", message, "give it more capacity, or add sensors")];
  });
}
