/**
 * What each setting of the agent may be. A flag or a variable of the environment gives a text, the settings file gives a
 * value of YAML: the same function reads all three. What is not clearly right is refused. Decision 027.
 * @module
 */
import { LIMITS } from "../base/limits.ts";
import { TerminalError } from "../base/errors.ts";
import { foreign } from "../base/foreign_text.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../base/log.ts";

/** A value cannot be used. The message says what is wrong with it, and what can be used. Who reads it adds the place. */
export class SettingError extends TerminalError {
  override readonly name = "SettingError";
}

/** Reads a text, or a value of YAML. @throws {SettingError} If it cannot be used. */
export type Reader<Value> = (given: unknown) => Value;

function refuse(given: unknown, wanted: string): never {
  const shown = typeof given === "string"
    ? foreign(given)
    : typeof given === "object" && given !== null
    ? Array.isArray(given) ? "a list" : "a map"
    : String(given);
  throw new SettingError(`Cannot use ${shown}: it is not ${wanted}`);
}

const TRUE = new Set(["true", "yes", "on", "y", "1"]);
const FALSE = new Set(["false", "no", "off", "n", "0"]);

const boolean: Reader<boolean> = (given) => {
  const word = String(given).toLowerCase();
  if (TRUE.has(word)) return true;
  if (FALSE.has(word)) return false;
  return refuse(given, "true or false");
};

/** A text in which nothing is invisible. */
const text = (wanted: string, pattern = /./): Reader<string> => (given) => {
  if (typeof given === "string" && pattern.test(given) && isClean(given)) return given;
  const isNoText = typeof given === "number" || typeof given === "boolean";
  return refuse(given, isNoText ? `${wanted}: quote it` : wanted);
};
const isClean = (value: string) => value === value.trim() && !/\p{C}/u.test(value);

const number = (
  wanted: string,
  pattern: RegExp,
  isRight: (value: number) => boolean,
): Reader<number> =>
(given) => {
  const value = typeof given === "string" && pattern.test(given) ? Number(given) : given;
  return typeof value === "number" && isRight(value) ? value : refuse(given, wanted);
};

const oneOf = <Word extends string>(words: readonly Word[]): Reader<Word> => (given) =>
  words.find((word) => word === given) ?? refuse(given, `one of ${words.join(", ")}`);

/** A list, or its items with commas between them. @param alone A word beside which there is no other one. */
const names = (wanted: string, alone?: string): Reader<readonly string[]> => (given) => {
  const items: unknown = typeof given === "string" ? given.split(",") : given;
  const isRight = Array.isArray(items) && items.length > 0 &&
    items.every((item) => typeof item === "string" && /^\s*[\w-]+\s*$/.test(item));
  const found = isRight ? items.map((item: string) => item.trim()) : refuse(given, wanted);
  return found.some((item) => item === alone) && found.length > 1 ? refuse(given, wanted) : found;
};

const bridgeName = text("the name of a bridge", /^[^\s/]+$/);

/** One name, or several: a list, or a text with commas between them. Each is there once. */
const bridges: Reader<readonly string[]> = (given) => {
  const isList = Array.isArray(given) && given.length > 0;
  const items: readonly unknown[] = typeof given === "string"
    ? given.split(",")
    : isList
    ? given
    : [given];
  return [...new Set(items.map(bridgeName))];
};

const HOUR = 3600;
const MINUTE = 60;
const SECOND = 1000;
/** Seconds: counters are not read more often, and whoever wants to hear of a longer time mistakes the unit. */
const [SHORTEST_PAUSE, LONGEST_PAUSE] = [10, 24 * HOUR];
const TIME = /^(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,5})s)?$/;

/** A time with its units, in milliseconds; 0 for "off". YAML makes `off` a text or false, and 0 a number. */
const pause: Reader<number> = (given) => {
  if (given === "off" || given === false || given === 0 || given === "0") return 0;
  const wanted = 'a time from 10s to 24h, e.g. 10m or 1h30m, and not "off"';
  const parts = typeof given === "string" ? TIME.exec(given) : null;
  if (!parts) return refuse(given, wanted);
  const [hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  const sum = hours! * HOUR + minutes! * MINUTE + seconds!;
  const isRight = sum >= SHORTEST_PAUSE && sum <= LONGEST_PAUSE;
  return isRight ? sum * SECOND : refuse(given, wanted);
};

/**
 * The largest number of the first table, so that fifteen more tables follow it: table numbers have 8 bits, and OpenFlow
 * reserves 255 (OpenFlow 1.5.1 section 5.2).
 */
const LAST_TABLE_BASE = 239;
const LONGEST_SILENCE = LIMITS.longestSilence / 1000;

const path = text("a path");
const name = text("a name");
const socket = text("unix:PATH or tcp:HOST:PORT", /^(?:unix:.|tcp:.+:\d{1,5}$)/);
const hostAndPort = text("HOST:PORT", /^(?:[^:[\]]+|\[[^[\]]+\]):\d{1,5}$/);

/** The reader of each setting, by its name in `AgentConfig`. */
export const SETTINGS = {
  bridge: bridges,
  ovsdb: socket,
  ovsRunDir: path,
  openflow: socket,
  tableBase: number(
    `a table from 1 to ${LAST_TABLE_BASE}`,
    /^\d+$/,
    (value) => Number.isInteger(value) && value >= 1 && value <= LAST_TABLE_BASE,
  ),
  logFormat: oneOf(LOG_FORMATS),
  logLevel: oneOf(LOG_LEVELS),
  source: names("the name of a source, or several with commas between them"),
  trustAnnotations: names(
    "the name of a source, several with commas between them, or none alone",
    "none",
  ),
  manifests: path,
  node: name,
  kubeconfig: path,
  silence: number(
    `a number of seconds above 0 and up to ${LONGEST_SILENCE}`,
    /^\d+(?:\.\d+)?$/,
    (value) => value > 0 && value <= LONGEST_SILENCE,
  ),
  resolver: name,
  pipeline: name,
  plugins: path,
  stateDir: path,
  allowProtocolChange: boolean,
  noTrafficAfter: pause,
  listen: hostAndPort,
  metricsListen: hostAndPort,
  web: boolean,
  tokenFile: path,
  config: path,
  /** The feature gate `TrafficControl`. Only the settings file can give it. */
  enabled: boolean,
} as const satisfies Readonly<Record<string, Reader<unknown>>>;

export type SettingName = keyof typeof SETTINGS;

/** The environment variable of a setting: `SLUICE_OVS_RUN_DIR` for `ovsRunDir`. */
export function variableOf(setting: SettingName): string {
  return `SLUICE_${setting.replaceAll(/[A-Z]/g, "_$&").toUpperCase()}`;
}
