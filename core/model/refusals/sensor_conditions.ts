/** What a user should know of the sensors of a redirect. Pure. @module */
import { type Condition, condition, warning } from "../../contracts/condition.ts";
import type { Hop } from "../../contracts/mod.ts";
import type { Control } from "../../objects/types.ts";
import { type Chosen, isHop, targetsOf } from "../choices/choices.ts";
import type { BridgePort } from "../ports/bridge_ports.ts";
import { probeOf, sensorId, type Sensors } from "../choices/sensors.ts";

export const START_SENSOR =
  "start the sensor; Sluice uses it again when enough probes in a row come back";

export const MORE_CAPACITY = "give it more capacity, or add sensors";
const LOOK_AT_SENSOR =
  "look at the sensor; give the redirect a healthProbe to know at once when it fails, and failureMode Open to let " +
  "packets pass then";

type FindPort = (name: string) => Pick<BridgePort, "type" | "linkUp"> | undefined;

/** Warnings: the flows are as the object asks for, and its sensors are not as they should be. */
export function sensorConditions(
  { treatment: { copies = [], hops = [] } }: Control,
  sensors: Sensors,
  port: FindPort,
): Condition[] {
  const all: readonly Chosen[] = [...copies, ...hops];
  const probed = all.filter((chosen) => probeOf(chosen) && sensors.isUsed(chosen));
  return [
    ...probed.flatMap((hop) => [...bypassed(hop, sensors), ...ofEach(hop, sensors)]),
    ...hops.flatMap((hop) => silent(hop, sensors)),
    ...all.flatMap((chosen) => withoutLink(chosen, port)),
  ];
}

/** The condition of a redirect that fails closed, while none of its pairs can be used. */
export function blocked({ ports }: Control): Condition {
  const names = ports.map(({ spec: { name } }) => `"${name}"`).join(", ");
  const message = `No pair of its ports ${names} is there, so no packet of its Pods passes`;
  return condition(
    "Blocked",
    message,
    "see the other conditions of the TrafficControl, or let packets pass by failureMode Open",
  );
}

/** Of several ports, the switch takes one without a link for a dead one. */
function withoutLink(chosen: Chosen, port: FindPort): Condition[] {
  const targets = new Set(targetsOf(chosen));
  if (targets.size < 2) return [];
  const unseen = [...targets].filter((name) => {
    const { type, linkUp } = port(name) ?? {};
    return type === "internal" && linkUp === false;
  });
  return unseen.map((name) => {
    const message = `Port "${name}" is one of several and has no link, so no packet is sent to it`;
    const cure =
      `run "ip link set ${name} up", or name a device: in another network namespace, an ` +
      "internal port has no link that Open vSwitch sees";
    return warning("LinkUnknown", message, cure);
  });
}

function bypassed(hop: Chosen, sensors: Sensors): Condition[] {
  if (!sensors.lastStateOf(hop).isOpen) return [];
  const isNew = isHop(hop) &&
    hop.pairs.every((pair) => sensors.verdictOf(pair).state === "unknown");
  const why = isNew ? "No sensor has answered yet" : "No sensor answers";
  const message = `${why}, so packets pass without one: no packet is inspected`;
  return [warning("Bypassed", message, START_SENSOR)];
}

/** The sensors of a hop, each once: a weight names a pair several times. */
function sensorsOf({ pairs }: Hop<string>) {
  const distinct = new Map(pairs.map((pair) => [sensorId(pair), pair]));
  return [...distinct.values()].map((pair) => ({
    pair,
    sensor: `The sensor between "${pair.target}" and "${pair.return}"`,
  }));
}

/** Of sensors without probes only those are known that return nothing of what goes into them. */
function silent(hop: Hop<string>, sensors: Sensors): Condition[] {
  if (probeOf(hop)) return [];
  return sensorsOf(hop).flatMap(({ pair, sensor }) => {
    const evidence = sensors.silenceOf(pair);
    if (evidence === undefined) return [];
    return [warning("SensorSilent", `${sensor} returns nothing: ${evidence}`, LOOK_AT_SENSOR)];
  });
}

function ofEach(hop: Chosen, sensors: Sensors): Condition[] {
  if (!isHop(hop)) return [];
  return sensorsOf(hop).flatMap(({ pair, sensor }) => {
    const { state, evidence } = sensors.verdictOf(pair);
    if (state === "down") {
      return [warning("SensorDown", `${sensor} does not work: ${evidence}`, START_SENSOR)];
    }
    if (state !== "overloaded") return [];
    const message = `${sensor} loses packets: ${evidence}`;
    return [warning("SensorOverloaded", message, MORE_CAPACITY)];
  });
}
