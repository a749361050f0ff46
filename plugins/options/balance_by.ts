/** Option `balanceBy`: which packets stay together if there are several sensors. @module */
import Type from "typebox";
import { defineOption } from "../../core/api.ts";

export default defineOption({
  field: "balanceBy",
  docs:
    "If there are several sensors, Connection keeps both directions of a connection at one sensor, and Addresses all " +
    "packets between two addresses. With Connection, all UDP packets between two addresses stay at one sensor, too. " +
    "Without it, a TrafficControl balances by Connection.",
  schema: Type.Enum(["Connection", "Addresses"]),
  example: "Addresses",
  goesWith: "ports",
  effect: (balanceBy) =>
    balanceBy === "Addresses" ? { copy: { balanceBy }, hop: { balanceBy } } : {},
});
