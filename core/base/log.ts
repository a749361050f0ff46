/** The log: one line per change that matters, a constant message with fields. @module */
import {
  configureSync,
  getJsonLinesFormatter,
  getLogger,
  type LogLevel,
  type LogRecord,
  type TextFormatter,
} from "@logtape/logtape";

import { harmless, harmlessJson } from "./foreign_text.ts";
import { LIMITS } from "./limits.ts";

/** Values that belong to a line of the log, by name. A field whose value is undefined is left out of text. */
export type Fields = Readonly<Record<string, unknown>>;
/** From the least important to the most important. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const satisfies LogLevel[];
export const LOG_FORMATS = ["text", "json"] as const;

/** The log that the core writes to. Tests pass one of their own. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warning(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** A value of a field, cut. What a string or an object has beyond the limit is left out, and a list says how many items. */
function cut(value: unknown): unknown {
  if (typeof value === "string") return cutText(value);
  if (typeof value !== "object" || value === null) return value;
  if (!Array.isArray(value)) {
    const json = JSON.stringify(value);
    return json.length <= LIMITS.logField ? value : cutText(json);
  }
  const kept: unknown[] = [];
  for (let length = 0; kept.length < value.length; kept.push(cut(value[kept.length]))) {
    length += JSON.stringify(cut(value[kept.length]))?.length ?? 0;
    if (length > LIMITS.logField && kept.length > 0) break;
  }
  return kept.length === value.length ? kept : [...kept, `and ${value.length - kept.length} more`];
}

function cutText(text: string): string {
  const { logField } = LIMITS;
  if (text.length <= logField) return text;
  return `${text.slice(0, logField)}... (${text.length} characters)`;
}

function text(value: unknown): string {
  const isPlain = typeof value === "string" && /^[^\s"=]+$/.test(value) &&
    harmless(value, Infinity) === value;
  return isPlain ? value : harmlessJson(JSON.stringify(value));
}

const formatText: TextFormatter = ({ timestamp, level, message, properties }: LogRecord) => {
  const fields = Object.entries(properties).filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${text(value)}`).join("");
  return `${new Date(timestamp).toISOString()} ${level.padEnd(7)} ${message.join("")}${fields}\n`;
};

/** The log of a process: each line is written to stderr at once, so that a crash loses none. */
export function openLog(
  { format, level }: { format: typeof LOG_FORMATS[number]; level: typeof LOG_LEVELS[number] },
): Log {
  const formatJson = getJsonLinesFormatter({ properties: "flatten" });
  const formatter = format === "json"
    ? (record: LogRecord) => harmlessJson(formatJson(record))
    : formatText;
  const encoder = new TextEncoder();
  configureSync({
    reset: true,
    sinks: { stderr: (record) => void Deno.stderr.writeSync(encoder.encode(formatter(record))) },
    loggers: [
      { category: "sluice", lowestLevel: level, sinks: ["stderr"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["stderr"] },
    ],
  });
  const logger = getLogger("sluice");
  const at = (level: typeof LOG_LEVELS[number]) => (message: string, fields: Fields = {}) =>
    logger[level](
      message.replaceAll("{", "{{"),
      Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, cut(value)])),
    );
  return { debug: at("debug"), info: at("info"), warning: at("warning"), error: at("error") };
}

/** A log whose lines begin with these fields. */
export function withFields(log: Log, own: Fields): Log {
  const at = (level: typeof LOG_LEVELS[number]) => (message: string, fields: Fields = {}) =>
    log[level](message, { ...own, ...fields });
  return { debug: at("debug"), info: at("info"), warning: at("warning"), error: at("error") };
}

/** A log that writes nothing. */
export const NO_LOG: Log = { debug() {}, info() {}, warning() {}, error() {} };
