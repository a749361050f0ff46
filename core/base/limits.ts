/**
 * Every limit of Sluice, in one table. Code uses the numbers (`LIMITS`), `docs/limits.md` is made of the rows.
 * @module
 */
import type { Limit } from "./limit.ts";
import { KUBERNETES_LIMITS } from "./limits_kubernetes.ts";
import { PLUGIN_LIMITS } from "./limits_plugins.ts";

export type { Limit };

/** Those of requests to the API server are in a file of their own, as a file has at most 300 lines. */
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
    of: "aliases in one YAML document",
    most: 100,
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
  foreignText: {
    of: "one text of somebody else in a message, e.g. the value of an annotation",
    most: 200,
    unit: "characters",
    beyond: "the text is cut, and its length is shown",
  },
  httpConnections: {
    of: "connections to one address of the local API",
    most: 32,
    unit: "pieces",
    beyond: "the oldest one without a request is closed, or else the oldest",
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
  httpShutdown: {
    of: "time in which requests to the local API may end when the agent stops",
    most: 1000,
    unit: "ms",
    beyond: "their connections are closed",
  },
  // A switch or a server whose main thread is busy for longer does not answer echoes either.
  switchAnswer: {
    of: "the time for the whole answer to one OpenFlow or OVSDB request",
    most: 10_000,
    unit: "ms",
    beyond:
      "the connection is closed, the log says which request had no answer, and Sluice connects again",
  },
  switchEcho: {
    of: "the time between two echo requests, and the time for the answer to one",
    most: 5000,
    unit: "ms",
    beyond: "the connection is closed, whatever else the peer sends, and Sluice connects again",
  },
  switchConnect: {
    of: "the time to connect to OVSDB or to a bridge, with its first answer",
    most: 5000,
    unit: "ms",
    beyond: "the attempt has failed, and Sluice tries again after a pause of up to 1 s",
  },
  switchApply: {
    of: "the time in which ovs-vswitchd applies a change of OVSDB",
    most: 10_000,
    unit: "ms",
    beyond: "the round has failed, and the next one goes on",
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
  ...KUBERNETES_LIMITS,
  ...PLUGIN_LIMITS,
} as const satisfies Readonly<Record<string, Limit>>;

/** The numbers of the limits, in the unit that the row says. */
export const LIMITS = Object.fromEntries(
  Object.entries(LIMIT_ROWS).map(([name, { most }]) => [name, most]),
) as { readonly [Name in keyof typeof LIMIT_ROWS]: number };
