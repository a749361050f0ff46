/** The check of the sensors of redirects: which do not work, and whether they know connections older than they are. @module */
import { foreign } from "../base/foreign_text.ts";
import { MORE_CAPACITY, START_SENSOR } from "../model/refusals/sensor_conditions.ts";
import type { SensorReport } from "../model/choices/sensors.ts";
import { type Check, defineCheck, ok, orElse, type Verdict, warning } from "./check.ts";
import type { Facts, RedirectFacts } from "./facts.ts";
import { known, unknown } from "./known.ts";
import { keepsConnections } from "./suricata.ts";

function lookAtSensor({ target, return: back, state, isOpen, evidence }: SensorReport): Verdict[] {
  const sensor = `The sensor between "${target}" and "${back}"`;
  const passes = isOpen ? "; packets pass without a sensor" : "";
  if (state === "down") {
    return [warning(`${sensor} does not work: ${evidence}${passes}`, START_SENSOR)];
  }
  if (state === "overloaded") {
    return [warning(`${sensor} loses packets: ${evidence}`, MORE_CAPACITY)];
  }
  if (state === "up" || !isOpen) return [];
  return [warning(`${sensor} has not answered yet${passes}`, START_SENSOR)];
}

const KEEP = "stream.midstream: true, or exception-policy: ignore";

/**
 * Connections move to a sensor that has not seen them begin, if it works again after packets passed without it, or if it
 * is one of several. A sensor that keeps state may drop them.
 */
function lookAtRedirects(
  redirects: readonly RedirectFacts[],
  suricata: Facts["suricata"],
): readonly Verdict[] {
  const unsure: string[] = [];
  const told = redirects.flatMap(({ name, ports }) => {
    const found = suricata.flatMap((each) => {
      const keeps = keepsConnections(each, ports);
      return keeps === undefined ? [] : [{ ...each, keeps }];
    });
    if (!found.some(({ keeps }) => keeps !== "unsure")) unsure.push(name);
    return found.filter(({ keeps }) => keeps === "no").map(({ pid, file }) =>
      warning(
        `TrafficControl "${name}" moves connections to Suricata (process ${pid}), which drops those that it has ` +
          `not seen begin, as ${foreign(file)} says`,
        `give it ${KEEP}, and start it again`,
      )
    );
  });
  return unsure.length === 0 ? told : [...told, question(unsure)];
}

/** Not a warning: most sensors keep no state, and of others nothing is known here. */
function question(names: readonly string[]): Verdict {
  const list = names.map((name) => `"${name}"`).join(", ");
  return {
    ...ok(
      `Connections of ${list} can come to a sensor that has not seen them begin: does it keep them?`,
    ),
    cure: `if it is Suricata in IPS mode, give it ${KEEP}`,
  };
}

export const SENSORS: readonly Check[] = [
  defineCheck("sensors", {
    subject: ({ agent, config }) =>
      agent.state === "running" && agent.bridges.includes(config.bridge)
        ? known(agent)
        : unknown("no agent on this bridge tells of its sensors"),
    look: ({ sensors, redirects }, { suricata, config: { bridge } }) => [
      ...orElse(
        sensors.filter((each) => (each.bridge ?? bridge) === bridge).flatMap(lookAtSensor),
        sensors.length === 0
          ? "No redirect has sensors that are probed"
          : "No sensor is known to fail",
      ),
      ...lookAtRedirects(redirects, suricata),
    ],
  }),
];
