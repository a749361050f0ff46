/** The limits of requests to the API server, and of what is written to it: rows of the table in `limits.ts`. @module */
import type { Limit } from "./limit.ts";

export const KUBERNETES_LIMITS = {
  serverText: {
    of: "what the API server says about a request that it refuses",
    most: 500,
    unit: "characters",
    beyond: "the text is cut, and its length is shown",
  },
  shownNodes: {
    of: "nodes that `sluice web` shows for one TrafficControl",
    most: 200,
    unit: "pieces",
    beyond: "those come first that have not realized it, or have something to say",
  },
  apiLogin: {
    of: "time to read the credentials for the API server, e.g. by an exec plugin",
    most: 60_000,
    unit: "ms",
    beyond: "requests fail and are tried again; the reading goes on, and its result is still used",
  },
  execOutput: {
    of: "what an exec plugin of a kubeconfig writes to stdout, and to stderr",
    most: 1024 * 1024,
    unit: "bytes",
    beyond: "the plugin is ended; requests fail, and are tried again",
  },
  // A connection that was made while the server was away may never carry an answer.
  apiGreeting: {
    of: "time until the first answer over a new connection to the API server begins",
    most: 2500,
    unit: "ms",
    beyond: "the connection is closed, and another one is made",
  },
  apiAnswerBegin: {
    of: "time until an answer of the API server begins",
    most: 30_000,
    unit: "ms",
    beyond: "the connection is closed, and the request is sent again over another one",
  },
  apiRequest: {
    of: "time for one request to the API server, with the whole answer",
    most: 60_000,
    unit: "ms",
    beyond: "the request has failed, and is sent again after a pause",
  },
  leaseRequest: {
    of: "time for one request about the Lease of the elected agent",
    most: 3000,
    unit: "ms",
    beyond:
      "the request has failed, and is sent again; after 6 s the agent is not elected any more",
  },
  apiAnswer: {
    of: "one answer of the API server that is no list",
    most: 4 * 1024 * 1024,
    unit: "bytes",
    beyond: "the request has failed, and is sent again after a pause",
  },
  apiErrorBody: {
    of: "the body of an error of the API server",
    most: 64 * 1024,
    unit: "bytes",
    beyond: "the body is not read: only the status of the answer is shown",
  },
  apiErrorTime: {
    of: "time for the body of an error of the API server",
    most: 5000,
    unit: "ms",
    beyond: "the body is not read: only the status of the answer is shown",
  },
  retryAfter: {
    of: "the pause that the API server may ask for (Retry-After)",
    most: 60_000,
    unit: "ms",
    beyond: "the agent asks again after this time",
  },
  listPage: {
    of: "one page of a list of the API server",
    most: 16 * 1024 * 1024,
    unit: "bytes",
    beyond: "a page of half as many objects is asked for, down to one object",
  },
  listPageObjects: {
    of: "objects that one page of a list is asked for",
    most: 500,
    unit: "pieces",
    beyond: "the server gives the others in further pages",
  },
  listObjects: {
    of: "objects of one list of the API server",
    most: 200_000,
    unit: "pieces",
    beyond: "the list has failed, what was known stays in effect, and it is tried again",
  },
  listPages: {
    of: "pages of one list of the API server",
    most: 1000,
    unit: "pieces",
    beyond: "the list has failed, what was known stays in effect, and it is tried again",
  },
  // etcd refuses objects of more than 1.5 MiB; as JSON, an object is larger.
  watchEvent: {
    of: "one event of a watch of the API server",
    most: 8 * 1024 * 1024,
    unit: "bytes",
    beyond: "the watch is begun again",
  },
  watchFailures: {
    of: "watches of the API server that fail one after the other",
    most: 3,
    unit: "pieces",
    beyond: "the objects are listed again",
  },
  silence: {
    of: "time without data after which a watch counts as dead, unless --silence sets another",
    most: 90_000,
    unit: "ms",
    beyond: "the connection is closed, and the watch is begun again over another one",
  },
  // Far below what etcd takes (1.5 MiB): the elected agent reads those of all nodes.
  statusObject: {
    of: "all TrafficControls in the status of a node",
    most: 256 * 1024,
    unit: "bytes",
    beyond: "texts are cut further, then left out; then the status says how many TrafficControls " +
      "it leaves out, realized ones first, and that of a TrafficControl names such nodes",
  },
  statusCounts: {
    of: "the status of a node with what was counted for TrafficControls",
    most: 32 * 1024,
    unit: "bytes",
    beyond: "it is written without counts",
  },
  statusText: {
    of: "a message or a cure in the status of a node or a TrafficControl",
    most: 2200, // a condition and its cure
    unit: "characters",
    beyond: "the text is cut, and its length is shown",
  },
  statusShortText: {
    of: "a message or a cure in the status of a node that would be too large",
    most: 100,
    unit: "characters",
    beyond: "the text is cut, and its length is shown",
  },
  statusReason: {
    of: "the reason of a condition in the status of a node",
    most: 64,
    unit: "characters",
    beyond: "the text is cut, and its length is shown",
  },
  statusConditions: {
    of: "conditions of one TrafficControl in a status",
    most: 32,
    unit: "pieces",
    beyond: "the others are left out",
  },
  statusPorts: {
    of: "ports of one TrafficControl in the status of a node",
    most: 8,
    unit: "pieces",
    beyond: "the others are left out",
  },
  statusFailures: {
    of: "failures of one TrafficControl in its status, each of all nodes that say the same",
    most: 10,
    unit: "pieces",
    beyond: "those of the fewest nodes are left out",
  },
  namedNodes: {
    of: "nodes that a message or a failure in the status of a TrafficControl names",
    most: 3,
    unit: "pieces",
    beyond: "the number of the others is told",
  },
  eventText: {
    of: "the message of an Event",
    most: 1000,
    unit: "characters",
    beyond: "the text is cut, and its length is shown",
  },
} as const satisfies Readonly<Record<string, Limit>>;
