/** Option `chainOrder`: several redirects of one Pod, one after the other. @module */
import Type from "typebox";
import { defineOption } from "../../core/api.ts";

/** The range of an int32. */
const [LEAST, MOST] = [-(2 ** 31), 2 ** 31 - 1];

export default defineOption({
  field: "chainOrder",
  docs:
    "Redirects of one Pod that have a number are passed one after the other: what the Pod sends in this order, what it " +
    "receives in reverse. Each pair is passed once. If a redirect without a number wins, it is alone.",
  schema: Type.Integer({ minimum: LEAST, maximum: MOST }),
  example: 10,
  goesWith: "hops",
  effect: (chainOrder) => ({ hop: { chainOrder } }),
});
