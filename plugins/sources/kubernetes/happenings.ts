/** What of a new status of a TrafficControl users are told by Events. Pure. @module */
import { isPlanned } from "../../../core/api.ts";
import type { Happening } from "./events.ts";
import type { ControlStatus } from "./summary.ts";

/** Warnings of which users are told when they begin and when they end: sensors and traffic fail and come back by themselves. */
const TOLD: ReadonlySet<string> = new Set([
  "Bypassed",
  "LinkUnknown",
  "NoTraffic",
  "SensorDown",
  "SensorOverloaded",
  "SensorSilent",
]);
/** The reason of the Event that says the end has this at its end: an Event with the same reason would replace the other. */
const ENDED = "Ended";

/** The Event that a new status causes; none if a failure goes on for the same reason. */
export function realizedHappening(
  before: Partial<ControlStatus> | undefined,
  after: ControlStatus,
): Happening | undefined {
  const realizedOf = (status: Partial<ControlStatus> | undefined) =>
    status?.conditions?.find(({ type }) => type === "Realized");
  const [was, is] = [realizedOf(before), realizedOf(after)!];
  const failed = (condition: typeof was) =>
    condition?.status === "False" && condition.reason !== "Progressing";
  if (failed(is) && was?.reason !== is.reason) {
    const type = isPlanned(is) ? "Normal" : "Warning";
    return { type, reason: is.reason, message: is.message };
  }
  if (is.status === "True" && failed(was)) {
    return { type: "Normal", reason: "Realized", message: is.message };
  }
  return undefined;
}

/** The warnings in a status of which users are told, with their messages. */
export function warningsIn(
  status: Pick<Partial<ControlStatus>, "conditions"> | undefined,
): ReadonlyMap<string, string> {
  const told = status?.conditions?.filter(({ type }) => TOLD.has(type)) ?? [];
  return new Map(told.map(({ type, message }) => [type, message]));
}

/** The Events that other warnings than before cause, by warning. One that goes on causes none. */
export function warningHappenings(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): ReadonlyMap<string, Happening> {
  const begun = [...now].filter(([type]) => !before.has(type)).map(([type, message]) =>
    [type, { type: "Warning", reason: type, message }] as const
  );
  const ended = [...before.keys()].filter((type) => !now.has(type)).map((type) =>
    [type, { type: "Normal", reason: `${type}${ENDED}`, message: "On no node any more" }] as const
  );
  return new Map<string, Happening>([...begun, ...ended]);
}
