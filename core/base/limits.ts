/**
 * Every limit of Sluice, in one table. Code uses the numbers (`LIMITS`), `docs/limits.md` is made of the rows.
 * @module
 */
import type { Limit } from "./limit.ts";
import { CAPTURE_LIMITS } from "./limits_capture.ts";
import { KUBERNETES_LIMITS } from "./limits_kubernetes.ts";
import { PLUGIN_LIMITS } from "./limits_plugins.ts";
import { RULE_LIMITS } from "./limits_rules.ts";
import { WORK_LIMITS } from "./limits_work.ts";

export type { Limit };

export const LIMIT_ROWS = {
  // Hardly any manifest is larger, and parsing a file takes many times its size in memory.
  manifestFile: {
    of: "one manifest file",
    most: 4 * 1024 * 1024,
    unit: "bytes",
    beyond: "the file is refused, and its last good state stays in effect",
  },
  // A few lines of aliases can expand to billions of nodes.
  yamlAliases: {
    of: "values that the aliases of one YAML document stand for",
    most: 100_000,
    unit: "pieces",
    beyond: "the file is refused, and its last good state stays in effect",
  },
  // The parser is recursive, and for some collections takes several calls.
  yamlNesting: {
    of: "levels of nesting in one YAML document",
    most: 200,
    unit: "pieces",
    beyond: "the file is refused, and its last good state stays in effect",
  },
  // Whoever sets more has most likely mistaken the unit.
  longestSilence: {
    of: "the setting --silence",
    most: 24 * 60 * 60 * 1000,
    unit: "ms",
    beyond: "the setting is refused",
  },
  foreignText: {
    of: "one text of somebody else in a message, e.g. the value of an annotation",
    most: 200,
    unit: "characters",
    beyond: "the text is cut, and its length is shown",
  },
  // The largest that is read is the list of networks of a Pod with many interfaces.
  annotation: {
    of: "the key and the value of an annotation of a Pod",
    most: 16 * 1024,
    unit: "characters",
    beyond:
      "the annotation is not read, as if it were absent; the Pod's TrafficControls have a condition",
  },
  // The API server accepts no more, so whoever may write a Pod there pushes none of its annotations out by others.
  annotations: {
    of: "all annotations of a Pod that resolvers read",
    most: 256 * 1024,
    unit: "characters",
    beyond: "those that a resolver names in full are read first, then the shortest",
  },
  stateFile: {
    of: "the file in --state-dir with the last good state",
    most: 64 * 1024 * 1024,
    unit: "characters",
    beyond: "it is not written or read, and sluice status tells it",
  },
  stateRate: {
    of: "what is written to that file in a second, on average",
    most: 1024 * 1024,
    unit: "characters",
    beyond: "the next write waits; a crash in that time loses what it would have written",
  },
  httpConnections: {
    of: "connections to one address of the local API",
    most: 32,
    unit: "pieces",
    beyond:
      "the oldest one is closed that sends no request, or does not read; without one, the new one waits",
  },
  httpHead: {
    of: "request line and header of a request to the local API",
    most: 8 * 1024,
    unit: "bytes",
    beyond: "the answer is 431",
  },
  httpRequest: {
    of: "time for a request to the local API, from its connection to the end of its header",
    most: 5000,
    unit: "ms",
    beyond: "the connection is closed",
  },
  httpAnswer: {
    of: "time for an answer of the local API, until the client has read it",
    most: 30_000,
    unit: "ms",
    beyond: "the connection is closed",
  },
  httpStreams: {
    of: "answers of the local API at once that go on for as long as the client wants",
    most: 16,
    unit: "pieces",
    beyond: "the answer is 503",
  },
  // Whoever looks at a page does not see more.
  eventPause: {
    of:
      "time between two events of the local API, for which the state is read once for all who watch",
    most: 1000,
    unit: "ms",
    beyond: "the next event has what happened meanwhile, too",
  },
  httpShutdown: {
    of: "time in which requests to the local API may end when the agent stops",
    most: 1000,
    unit: "ms",
    beyond: "their connections are closed",
  },
  // A switch or a server whose main thread is busy for longer does not answer echoes either.
  switchAnswer: {
    of: "time for the whole answer to one OpenFlow or OVSDB request",
    most: 10_000,
    unit: "ms",
    beyond:
      "the connection is closed, the log says which request had no answer, and Sluice connects again",
  },
  switchEcho: {
    of: "time between two echo requests, and for the answer to one",
    most: 5000,
    unit: "ms",
    beyond: "the connection is closed, whatever else the peer sends, and Sluice connects again",
  },
  switchConnect: {
    of: "time to connect to OVSDB or to a bridge, with its first answer",
    most: 5000,
    unit: "ms",
    beyond: "the attempt has failed, and Sluice tries again after a pause of up to 1 s",
  },
  switchApply: {
    of: "time in which ovs-vswitchd applies a change of OVSDB",
    most: 10_000,
    unit: "ms",
    beyond: "the round has failed, and the next one goes on",
  },
  // The agent that had the lock connects again within this time.
  lockCourtesy: {
    of: "head start of the agent that had a bridge's lock, after OVSDB was away",
    most: 1000,
    unit: "ms",
    beyond: "another agent asks for the lock, too",
  },
  // With less, pauses would stay short for a peer that breaks after each connect.
  switchSteady: {
    of: "time that a connection to OVSDB or a bridge must last to be a success",
    most: 1000,
    unit: "ms",
    beyond: "pauses between attempts are short again; before that, they double up to 1 s",
  },
  // Each request in a step has a deadline, so this can only be a fault of Sluice.
  roundStep: {
    of: "time for one step of a round of the reconciler",
    most: 60_000,
    unit: "ms",
    beyond: "/healthz fails and names the step, so that a supervisor restarts the agent",
  },
  // The kubelet forgets earlier restarts of a container after 10 minutes: its pauses between restarts stay short.
  roundAge: {
    of: "time without a round that ends well, while OVSDB or the bridge should answer",
    most: 600_000,
    unit: "ms",
    beyond:
      "/healthz fails, so that a supervisor restarts the agent, which changes nothing on the bridge",
  },
  // About 400,000 flows.
  openflowAnswer: {
    of: "the whole answer to one OpenFlow request",
    most: 64 * 1024 * 1024,
    unit: "bytes",
    beyond: "the connection is closed, and Sluice connects again",
  },
  // A database of 10,000 ports has 20 MB.
  ovsdbMessage: {
    of: "one message of an OVSDB server",
    most: 64 * 1024 * 1024,
    unit: "bytes",
    beyond: "the connection is closed, and Sluice connects again",
  },
  outbox: {
    of: "what waits to be read by OVSDB or a bridge",
    most: 64 * 1024 * 1024,
    unit: "bytes",
    beyond: "the connection is closed, and Sluice connects again",
  },
  logField: {
    of: "one field of a line of the log",
    most: 2000,
    unit: "characters",
    beyond: "the text is cut, and its length is shown; of a list, the number of further items",
  },
  conditionText: {
    of: "the message of a condition, and its cure",
    most: 1000,
    unit: "characters",
    beyond: "the text is cut, and its length is shown",
  },
  issues: {
    of: "issues of sources and refused objects that the state and the log show",
    most: 200,
    unit: "pieces",
    beyond: "their number is shown",
  },
  issueText: {
    of: "one issue of a source or a refused object",
    most: 1000,
    unit: "characters",
    beyond: "the text is cut, and its length is shown",
  },
  stateRequest: {
    of: "time for the answer of the agent to `sluice status` and `sluice explain`",
    most: 5000,
    unit: "ms",
    beyond: "the command ends with an error",
  },
  doctorRequest: {
    of: "time for each answer of the agent to `sluice doctor`",
    most: 3000,
    unit: "ms",
    beyond: "the agent counts as silent",
  },
  stateAnswer: {
    of: "the answer of the agent to `sluice status`, `sluice explain` and `sluice doctor`",
    most: 64 * 1024 * 1024,
    unit: "bytes",
    beyond: "the answer is not read further: it is not the agent's",
  },
  ...KUBERNETES_LIMITS,
  ...PLUGIN_LIMITS,
  ...WORK_LIMITS,
  ...RULE_LIMITS,
  ...CAPTURE_LIMITS,
} as const satisfies Readonly<Record<string, Limit>>;

/** The numbers of the limits, in the unit that the row says. */
export const LIMITS = Object.fromEntries(
  Object.entries(LIMIT_ROWS).map(([name, { most }]) => [name, most]),
) as { readonly [Name in keyof typeof LIMIT_ROWS]: number };
