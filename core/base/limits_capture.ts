/** The limits of sessions of `sluice capture`: rows of the table in `limits.ts`. @module */
import type { Limit } from "./limit.ts";
import { CAPTURE_PLACES } from "./marks.ts";

export const CAPTURE_LIMITS = {
  // Each of these packets passes the main thread of ovs-vswitchd.
  capturePackets: {
    of: "packets in a second, in each direction, that a session of `sluice capture` gets",
    most: 5000,
    unit: "pieces",
    beyond: "the switch leaves out copies, and the session counts them",
  },
  captureBytes: {
    of: "bytes of one session of `sluice capture`",
    most: 1024 * 1024 * 1024,
    unit: "bytes",
    beyond: "the session ends",
  },
  captureTime: {
    of: "time of one session of `sluice capture`",
    most: 60 * 60 * 1000,
    unit: "ms",
    beyond: "the session ends; a longer --duration is refused",
  },
  captureSessions: {
    of: "sessions of `sluice capture` at once on a node",
    most: CAPTURE_PLACES,
    unit: "pieces",
    beyond: "the next one is refused",
  },
  captureQueue: {
    of: "what waits to be read by the client of `sluice capture`",
    most: 16 * 1024 * 1024,
    unit: "bytes",
    beyond: "packets are left out, and the session counts them",
  },
  captureBegin: {
    of: "time in which the flows of a session of `sluice capture` must be in the switch",
    most: 10_000,
    unit: "ms",
    beyond: "the session is refused",
  },
  captureEnd: {
    of: "time in which the switch must have ended a session, and told its counts",
    most: 3000,
    unit: "ms",
    beyond: "the answer ends all the same; the flows go as soon as they can",
  },
} as const satisfies Readonly<Record<string, Limit>>;
