/** The limits of plugin files: rows of the table in `limits.ts`. @module */
import type { Limit } from "./limit.ts";
const REFUSED = "the file is refused, and an earlier version of it stays in use";
const FAILED =
  "the process of the plugin file is ended, and what the call was for has PluginFailed";

export const PLUGIN_LIMITS = {
  pluginStart: {
    of: "time in which the process of a plugin file must start, before it loads the file",
    most: 30_000,
    unit: "ms",
    beyond: REFUSED,
  },
  pluginLoad: {
    of: "time in which a plugin file must load and pass the conformance suite",
    most: 5000,
    unit: "ms",
    beyond: REFUSED,
  },
  // A call takes some microseconds. On a busy node its process may have to wait for a processor.
  pluginCall: {
    of: "time for one call of a function of a plugin file",
    most: 2000,
    unit: "ms",
    beyond: FAILED,
  },
  pluginMemory: {
    of: "memory that the process of a plugin file may use for the file",
    most: 256 * 1024 * 1024,
    unit: "bytes",
    beyond: `${REFUSED}; or ${FAILED}`,
  },
  pluginOutput: {
    of: "what a plugin file may write while it is loaded, or for one call, its result included",
    most: 32 * 1024 * 1024,
    unit: "characters",
    beyond: `${REFUSED}; or ${FAILED}`,
  },
  pluginErrors: {
    of: "what is kept of the errors that the process of a plugin file writes",
    most: 10_000,
    unit: "characters",
    beyond: "the end is kept",
  },
  pluginMessage: {
    of: "arguments or result of one call of a function of a plugin file, as JSON",
    most: 16 * 1024 * 1024,
    unit: "bytes",
    beyond: FAILED,
  },
  pluginFailures: {
    of:
      "calls by which a plugin file made its process end: for Pods of one Namespace, or for no Pod",
    most: 5,
    unit: "pieces",
    beyond:
      "the plugin is not called for these for a while, which is twice as long after each failure",
  },
  pluginRest: {
    of:
      "first time in which a plugin file is not called for a Pod for which it made its process end",
    most: 10_000,
    unit: "ms",
    beyond: "all Pods and objects are judged again",
  },
  pluginLongestRest: {
    of: "longest such time",
    most: 600_000,
    unit: "ms",
    beyond: "all Pods and objects are judged again",
  },
  pluginFailedCalls: {
    of: "calls of a plugin file that are not made again, as they made its process end",
    most: 1000,
    unit: "pieces",
    beyond: "the oldest is forgotten",
  },
} as const satisfies Readonly<Record<string, Limit>>;
