/** When a TrafficControl is in effect. It follows from the object and the clock alone, so no restart changes it. @module */
import type { Effect, Problem } from "../contracts/mod.ts";
import type { Period, TrafficControl } from "./types.ts";

type Limits = Pick<Effect, "from" | "until" | "lasts">;
type Created = Pick<TrafficControl, "creationTimestamp">;

/** When the time that it lasts begins; nothing if nothing tells. */
function begin({ from }: Limits, { creationTimestamp }: Created): number | undefined {
  if (from !== undefined) return from;
  return creationTimestamp === undefined ? undefined : Date.parse(creationTimestamp);
}

/** Nothing if the TrafficControl is always in effect. */
export function periodOf(limits: Limits, created: Created): Period | undefined {
  const { from, until, lasts } = limits;
  const start = begin(limits, created);
  const ends = [until, start !== undefined && lasts !== undefined ? start + lasts : undefined]
    .filter((end) => end !== undefined);
  const end = ends.length > 0 ? { until: Math.min(...ends) } : {};
  const period = { ...(from !== undefined && { from }), ...end };
  return Object.keys(period).length > 0 ? period : undefined;
}

/** What is wrong with the times of a TrafficControl, each of which is right by itself. */
export function periodProblems(limits: Limits, created: Created): Problem[] {
  const { from, until, lasts } = limits;
  const path = "/spec";
  const isEmpty = from !== undefined && until !== undefined && until <= from;
  const hasNoStart = lasts !== undefined && begin(limits, created) === undefined;
  return [
    ...(isEmpty
      ? [{
        path,
        message: `must end after it begins: begins at ${timeText(from)}, ends at ${
          timeText(until)
        }`,
      }]
      : []),
    ...(hasNoStart
      ? [{
        path,
        message:
          "lasts for a time, but nothing says from when: write startTime, as only the API server writes creationTimestamp",
      }]
      : []),
  ];
}

/** A point in time for people: RFC 3339, to the second if it is a whole one. */
export const timeText = (time: number) => new Date(time).toISOString().replace(".000Z", "Z");
