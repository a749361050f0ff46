/** Option `activeDeadlineSeconds`: how long a TrafficControl is in effect. @module */
import Type from "typebox";
import { defineOption } from "../../core/api.ts";

const SECOND = 1000;
/** Ten years: the end is then still a time that can be written with four digits of the year. */
const LONGEST = 10 * 366 * 24 * 60 * 60;

export default defineOption({
  field: "activeDeadlineSeconds",
  docs:
    "So many seconds after its startTime, or else after its creationTimestamp, the TrafficControl does nothing any more " +
    "and has the condition Expired.",
  schema: Type.Integer({ minimum: 1, maximum: LONGEST }),
  example: 3600,
  effect: (seconds) => ({ lasts: seconds * SECOND }),
});
