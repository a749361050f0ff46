/** Which of several redirects of one Pod is in effect. @module */
import Type from "typebox";
import { DEFAULT_PRIORITY, defineOption, MOST_PRIORITY } from "../../core/api.ts";

export default defineOption({
  field: "priority",
  docs: "Among redirects of one Pod the lowest number wins, then the oldest; " +
    `it is ${DEFAULT_PRIORITY} where none is given.`,
  schema: Type.Integer({ minimum: 0, maximum: MOST_PRIORITY }),
  example: 100,
  goesWith: "hops",
  effect: (priority) => ({ priority }),
});
