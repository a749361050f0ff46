/** Reads the settings file. A file of Antrea's agent (antrea-agent.conf) can be used as it is. @module */
import { TerminalError } from "../base/errors.ts";
import { foreign } from "../base/foreign_text.ts";
import { escapePointer, isFields } from "../objects/validate.ts";
import { EMPTY, parseValue } from "../objects/yaml_value.ts";
import { nearest } from "../base/near_miss.ts";
import { SettingError, type SettingName, SETTINGS } from "./settings.ts";

/** The setting of each key of the file. A key that antrea-agent.conf has means the same there. */
const FILE_KEYS: Readonly<Record<string, SettingName>> = {
  ovsBridge: "bridge",
  ovsRunDir: "ovsRunDir",
  ovsdb: "ovsdb",
  openflow: "openflow",
  tableBase: "tableBase",
  source: "source",
  manifests: "manifests",
  node: "node",
  nodeName: "node",
  kubeconfig: "kubeconfig",
  silence: "silence",
  resolver: "resolver",
  trustAnnotations: "trustAnnotations",
  pipeline: "pipeline",
  plugins: "plugins",
  stateDir: "stateDir",
  noTrafficAfter: "noTrafficAfter",
  listen: "listen",
  metricsListen: "metricsListen",
  web: "web",
  tokenFile: "tokenFile",
  logFormat: "logFormat",
  logLevel: "logLevel",
  allowProtocolChange: "allowProtocolChange",
};
const GATES = "featureGates";
/** The only feature gate that Sluice knows. All others are Antrea's. */
const GATE = "TrafficControl";

export interface ConfigFile {
  /** Values by the names of their settings. */
  readonly options: Readonly<Partial<Record<SettingName, unknown>>>;
  /** Keys of the file that Sluice does not know: mostly, only Antrea's agent uses them. */
  readonly unknown: readonly string[];
}

/**
 * Reads the text of a settings file. A key with nothing behind it, or with an empty text, counts as absent.
 *
 * @param file Path of the file, for messages.
 * @throws {TerminalError} If the text is not YAML or no map, if a key is nearly one that Sluice knows, or if a value cannot
 *   be used; the message has the line.
 */
export function parseConfigFile(file: string, text: string): ConfigFile {
  const parsed = parseValue(text);
  const refuse = (line: number, state: string, cause?: unknown) =>
    new TerminalError(`Cannot use config file "${file}:${line}": ${state}`, { cause });
  const nothing: ConfigFile = { options: {}, unknown: [] };
  if ("problem" in parsed) {
    if (parsed.problem === EMPTY) return nothing;
    throw refuse(parsed.line, parsed.problem);
  }
  const { value, lineOf } = parsed;
  if (value === null) return nothing;
  if (!isFields(value)) throw refuse(1, "it is not a map of keys");
  const at = (pointer: string) => (state: string, cause?: unknown) =>
    refuse(lineOf(pointer), state, cause);
  const unknown: string[] = [];
  const options: Partial<Record<SettingName, unknown>> = {};
  for (const [key, given] of Object.entries(value)) {
    const place = at(`/${escapePointer(key)}`);
    const setting = Object.hasOwn(FILE_KEYS, key) ? FILE_KEYS[key] : undefined;
    if (setting) Object.assign(options, read(setting, { key, given, place }));
    else if (key === GATES) Object.assign(options, readGates(given, at));
    else if (refuseNearMiss(key, [...Object.keys(FILE_KEYS), GATES], place)) unknown.push(key);
  }
  return { options, unknown };
}

type Place = (state: string, cause?: unknown) => TerminalError;

function read(
  setting: SettingName,
  { key, given, place }: { readonly key: string; readonly given: unknown; readonly place: Place },
): Partial<Record<SettingName, unknown>> {
  if (given === null || given === "") return {};
  try {
    return { [setting]: SETTINGS[setting](given) };
  } catch (cause) {
    if (!(cause instanceof SettingError)) throw cause;
    throw place(`key "${key}": ${cause.message}`, cause);
  }
}

/** @throws {TerminalError} If the key is nearly one of the known ones: it is most likely misspelled. */
function refuseNearMiss(key: string, known: readonly string[], place: Place): true {
  const meant = nearest(key, known);
  if (meant === undefined) return true;
  throw place(`key ${foreign(key)} is unknown: did you mean "${meant}"?`);
}

/** Reads the gate `TrafficControl`. */
function readGates(
  gates: unknown,
  at: (pointer: string) => Place,
): Partial<Record<SettingName, unknown>> {
  if (gates === null) return {};
  if (!isFields(gates)) throw at(`/${GATES}`)(`key "${GATES}" is not a map of feature gates`);
  for (const key of Object.keys(gates)) {
    if (key !== GATE) refuseNearMiss(key, [GATE], at(`/${GATES}/${escapePointer(key)}`));
  }
  const place = at(`/${GATES}/${GATE}`);
  return Object.hasOwn(gates, GATE)
    ? read("enabled", { key: `${GATES}.${GATE}`, given: gates[GATE], place })
    : {};
}
