/** Reads the settings file. A file of Antrea's agent (antrea-agent.conf) can be used as it is. @module */
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { TerminalError } from "../base/errors.ts";

/** The option that each key of the file sets. A key that antrea-agent.conf has means the same there. */
const FILE_KEYS: Readonly<Record<string, string>> = {
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
  listen: "listen",
  metricsListen: "metricsListen",
  logFormat: "logFormat",
  logLevel: "logLevel",
  allowProtocolChange: "allowProtocolChange",
};

/** Keys of antrea-agent.conf that mean nothing to Sluice. They are no error. */
const ANTREA_ONLY = new Set([
  "antreaProxy",
  "apiPort",
  "auditLogging",
  "antreaClientConnection",
  "clientConnection",
  "clusterPort",
  "defaultMTU",
  "disableTXChecksumOffload",
  "dnsServerOverride",
  "egress",
  "enableAntreaIPAM",
  "enableBridgingMode",
  "enableIPSecTunnel",
  "enablePrometheusMetrics",
  "externalNode",
  "flowExporter",
  "fqdnCacheMinTTL",
  "hostGateway",
  "hostNetworkAcceleration",
  "hostProcPathPrefix",
  "ipsec",
  "kubeAPIServerOverride",
  "kubeletRootDir",
  "multicast",
  "multicluster",
  "noSNAT",
  "nodePortLocal",
  "nodeType",
  "ovsDatapathType",
  "packetInRate",
  "secondaryNetwork",
  "serviceCIDR",
  "serviceCIDRv6",
  "snatFullyRandomPorts",
  "tlsCipherSuites",
  "tlsMinVersion",
  "trafficEncapMode",
  "trafficEncryptionMode",
  "transportInterface",
  "transportInterfaceCIDRs",
  "tunnelCsum",
  "tunnelPort",
  "tunnelType",
  "wireGuard",
]); // deno-fmt-ignore

export interface ConfigFile {
  /** Values as the file has them, by name of the option. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Keys of the file that only Antrea's agent uses. */
  readonly ignored: readonly string[];
}

/**
 * Reads the text of a settings file.
 *
 * @param file Path of the file, for messages.
 * @throws {TerminalError} If the text is not YAML, is no map, or has an unknown key; the message has the line.
 */
export function parseConfigFile(file: string, text: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const wrong = (offset: number, state: string) =>
    new TerminalError(`Cannot use config file "${file}:${lines.linePos(offset).line}": ${state}`);
  const [error] = document.errors;
  if (error) throw wrong(error.pos[0], error.message.split("\n")[0]!);
  const root = document.contents;
  if (root === null) return { options: {}, ignored: [] };
  if (!isMap(root)) throw wrong(0, "it is not a map of keys");
  const options: Record<string, unknown> = {};
  const ignored: string[] = [];
  for (const { key, value } of root.items) {
    const name = isScalar(key) ? String(key.value) : "";
    const offset = (isScalar(key) && key.range?.[0]) || 0;
    const option = FILE_KEYS[name];
    if (option && isSeq(value) && !LISTS.has(name)) {
      throw wrong(offset, `key "${name}" takes one value`);
    }
    if (option) options[option] = settingOf(value);
    else if (name === "featureGates") {
      Object.assign(options, readGates(document.toJS().featureGates));
    } else if (ANTREA_ONLY.has(name)) ignored.push(name);
    else throw wrong(offset, `key "${name}" is unknown`);
  }
  return { options, ignored };
}

/** Keys that take a list. */
const LISTS: ReadonlySet<string> = new Set(["source", "trustAnnotations"]);

/** A list becomes one text with commas between its items, the form that variables of the environment have. */
function settingOf(value: unknown): unknown {
  if (isScalar(value)) return value.value;
  if (!isSeq(value)) return undefined;
  return value.items.map((item) => isScalar(item) ? String(item.value) : "").join(",");
}

/** Reads the gate `TrafficControl`. All other feature gates are Antrea's. */
function readGates(gates: Readonly<Record<string, unknown>> | null): { enabled?: boolean } {
  const gate = gates?.TrafficControl;
  return typeof gate === "boolean" ? { enabled: gate } : {};
}
