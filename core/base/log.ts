/** The log: one line per change that matters, a constant message with fields. @module */
import {
  configureSync,
  getJsonLinesFormatter,
  getLogger,
  type LogLevel,
  type LogRecord,
  type TextFormatter,
} from "@logtape/logtape";

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

function text(value: unknown): string {
  return typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
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
  const formatter = format === "json"
    ? getJsonLinesFormatter({ properties: "flatten" })
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
    logger[level](message.replaceAll("{", "{{"), { ...fields });
  return { debug: at("debug"), info: at("info"), warning: at("warning"), error: at("error") };
}

/** A log that writes nothing. */
export const NO_LOG: Log = { debug() {}, info() {}, warning() {}, error() {} };
