/** Which test goes beyond each limit of what shows and explains. @module */
import type { TestName } from "../test/docs/titles.ts";

const CONTROL_SOCKET = "core/trace/control_socket_test.ts";
const CAPTURES = "core/capture/captures_test.ts";

export const SEEING = {
  traceAnswer: [CONTROL_SOCKET, "a daemon that does not answer in time is given up"],
  traceText: [CONTROL_SOCKET, "an answer that is too long ends the connection"],
  tracePidfile: [CONTROL_SOCKET, "a pidfile %s is told"],
  traceSteps: [
    "core/trace/way_test.ts",
    "a packet that comes back without end is followed for a while",
  ],
  explainedItems: [
    "core/cli/explain_text_test.ts",
    "a long list is cut, and the number of the others is told",
  ],
  statusFailures: [
    "plugins/sources/kubernetes/failures_test.ts",
    "there are not more failures than fit",
  ],
  portSeries: [
    "core/report/gauges_test.ts",
    "only so many ports have counters of their own in the metrics; what is omitted is counted",
  ],
  capturePackets: [
    "test/capture/load_test.ts",
    "beside 20,000 packets in a second, production is complete, and kept and left out are all",
  ],
  captureBytes: [CAPTURES, "a session that has as many bytes as it may have ends"],
  captureTime: ["core/capture/request_test.ts", "a wrong request is refused: %s"],
  captureSessions: [
    "test/capture/ends_test.ts",
    "a node has so many sessions at once, and another one when one has ended",
  ],
  captureQueue: [CAPTURES, "what a client does not read in time is left out and counted"],
  captureBegin: [
    CAPTURES,
    "a session whose flows do not come into the switch in time is refused, and leaves nothing",
  ],
  captureEnd: [CAPTURES, "the answer ends in time when the flows of its session do not go"],
} as const satisfies Readonly<Record<string, TestName>>;
