/** The settings file: keys as in antrea-agent.conf where they mean the same, and what each of them sets. @module */
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { TerminalError } from "../base/errors.ts";

/** Keys of the file, as in antrea-agent.conf where they mean the same, and the option of each. */
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
  pipeline: "pipeline",
  plugins: "plugins",
  stateDir: "stateDir",
  listen: "listen",
  metricsListen: "metricsListen",
  logFormat: "logFormat",
  logLevel: "logLevel",
  allowProtocolChange: "allowProtocolChange",
};

/** Keys that only Antrea's agent needs: its file can be given as it is. */
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
  /** Values by option name, as the file has them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Keys of Antrea's that mean nothing to us. */
  readonly ignored: readonly string[];
}

/**
 * @param file Its name, for messages.
 * @throws {TerminalError} If it is not YAML or has an unknown key; the message has its line.
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
    if (option) options[option] = settingOf(value);
    else if (name === "featureGates") {
      Object.assign(options, readGates(document.toJS().featureGates));
    } else if (ANTREA_ONLY.has(name)) ignored.push(name);
    else throw wrong(offset, `key "${name}" is unknown`);
  }
  return { options, ignored };
}

/** A list of names is the same as the names with commas between them, as in the environment. */
function settingOf(value: unknown): unknown {
  if (isScalar(value)) return value.value;
  if (!isSeq(value)) return undefined;
  return value.items.map((item) => isScalar(item) ? String(item.value) : "").join(",");
}

/** Other gates are Antrea's. */
function readGates(gates: Readonly<Record<string, unknown>> | null): { enabled?: boolean } {
  const gate = gates?.TrafficControl;
  return typeof gate === "boolean" ? { enabled: gate } : {};
}
