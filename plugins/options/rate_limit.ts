/** Option `rateLimit`: a cap on the copies of a TrafficControl. @module */
import Type from "typebox";
import { defineOption } from "../../core/api.ts";

const FASTEST = 100_000_000;
/** Kilobits of the largest packet: a cap that lets less come at once lets no such packet pass. */
const LARGEST_PACKET = 525;
const UNITS = "Exactly one of packetsPerSecond and kilobitsPerSecond is needed";

export default defineOption({
  field: "rateLimit",
  docs:
    "Caps what a node copies for the TrafficControl, both directions together: what comes faster is not copied. The Pods' own " +
    "packets are not concerned.",
  schema: Type.Object({
    packetsPerSecond: Type.Optional(Type.Integer({
      minimum: 1,
      maximum: FASTEST,
      description: "So many packets per second are copied at most.",
    })),
    kilobitsPerSecond: Type.Optional(Type.Integer({
      minimum: 1,
      maximum: FASTEST,
      description: "So many kilobits per second are copied at most.",
    })),
    burst: Type.Optional(Type.Integer({
      minimum: 1,
      maximum: FASTEST,
      description:
        "So many packets, or kilobits, may come at once. Without it, as many as in a second, and at least a packet of 64 KiB.",
    })),
  }),
  example: { packetsPerSecond: 1000, burst: 100 },
  goesWith: "copies",
  check: ({ packetsPerSecond, kilobitsPerSecond }) =>
    (packetsPerSecond === undefined) === (kilobitsPerSecond === undefined)
      ? [{ path: "", message: UNITS }]
      : [],
  rules: [{
    rule: "has(self.packetsPerSecond) != has(self.kilobitsPerSecond)",
    message: UNITS,
  }],
  effect: ({ packetsPerSecond, kilobitsPerSecond = 0, burst }) => {
    const rateLimit = packetsPerSecond !== undefined
      ? { unit: "packets", rate: packetsPerSecond, burst: burst ?? packetsPerSecond }
      : {
        unit: "kilobits",
        rate: kilobitsPerSecond,
        burst: burst ?? Math.max(kilobitsPerSecond, LARGEST_PACKET),
      };
    return { copy: { rateLimit } };
  },
});
