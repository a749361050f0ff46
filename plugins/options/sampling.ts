/** Option `sampling`: copies of some connections only. @module */
import Type from "typebox";
import { defineOption } from "../../core/api.ts";

/** From this number on, the switch's hash cannot choose: its result has 16 bits. */
const MOST = 65536;

export default defineOption({
  field: "sampling",
  docs:
    "Copies one of so many connections: all packets of it in both directions, or none. Which ones are copied follows from " +
    "their addresses, protocol and ports, and from the TrafficControl's name. Fragments of a packet are copied all or none, " +
    "by their addresses alone.",
  schema: Type.Object({
    oneFlowIn: Type.Integer({
      minimum: 2,
      maximum: MOST,
      description: "One of how many connections is copied.",
    }),
  }),
  example: { oneFlowIn: 16 },
  goesWith: "copies",
  effect: (sampling) => ({ copy: { sampling } }),
});
