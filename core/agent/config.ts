/** Settings of the agent: flags win over the environment, the environment over the file. @module */
import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { TerminalError } from "../base/errors.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../base/log.ts";

/** How to reach the bridge; `plan` and `cleanup` need no more. */
export interface BridgeConfig {
  readonly bridge: string;
  /** `unix:PATH` or `tcp:HOST:PORT`. */
  readonly ovsdb: string;
  /** Folder of `<bridge>.mgmt`; that of the OVSDB socket when absent. */
  readonly ovsRunDir?: string;
  /** In place of the bridge's management socket. */
  readonly openflow?: string;
  readonly tableBase: number;
  readonly logFormat: typeof LOG_FORMATS[number];
  readonly logLevel: typeof LOG_LEVELS[number];
}

export interface AgentConfig extends BridgeConfig {
  readonly source: string;
  readonly manifests?: string;
  readonly node?: string;
  readonly kubeconfig?: string;
  /** Seconds. */
  readonly silence?: number;
  readonly resolver?: string;
  /** Folder of plugin files. */
  readonly plugins?: string;
  /** Folder in which last good states outlive the agent, or `NO_STATE_DIR`. */
  readonly stateDir: string;
  /** Add OpenFlow 1.5 to the bridge's protocols where it is missing. */
  readonly allowProtocolChange?: boolean;
  /** `HOST:PORT` of the local API. */
  readonly listen: string;
  /** `HOST:PORT` for /metrics alone. */
  readonly metricsListen?: string;
  /** The gate `TrafficControl`: off, the agent removes what it owns and idles. */
  readonly enabled: boolean;
}

/** For `--state-dir`: nothing is kept. */
export const NO_STATE_DIR = "none";

/** What the agent keeps there: agents of two bridges, or of two sources, share no file. */
export function stateFile(
  { stateDir, bridge, source }: Pick<AgentConfig, "stateDir" | "bridge" | "source">,
): string {
  return `${stateDir}/${encodeURIComponent(bridge)}.${source}.json`;
}

/**
 * Where the bridge speaks OpenFlow: `<ovsRunDir>/<bridge>.mgmt` unless set.
 *
 * @throws {TerminalError} If OVSDB is not on a unix socket and nothing else is set.
 */
export function openflowAddress(config: BridgeConfig): string {
  if (config.openflow) return config.openflow;
  if (config.ovsRunDir) return `unix:${config.ovsRunDir}/${config.bridge}.mgmt`;
  const folder = /^unix:(?<folder>.*)\/[^/]*$/.exec(config.ovsdb)?.groups?.folder;
  if (folder !== undefined) return `unix:${folder}/${config.bridge}.mgmt`;
  throw new TerminalError(
    `Cannot find the OpenFlow socket of bridge "${config.bridge}": OVSDB is at "${config.ovsdb}", ` +
      "so set --ovs-run-dir or --openflow",
  );
}

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
    if (option) options[option] = isScalar(value) ? value.value : undefined;
    else if (name === "featureGates") {
      Object.assign(options, readGates(document.toJS().featureGates));
    } else if (ANTREA_ONLY.has(name)) ignored.push(name);
    else throw wrong(offset, `key "${name}" is unknown`);
  }
  return { options, ignored };
}

/** Other gates are Antrea's. */
function readGates(gates: Readonly<Record<string, unknown>> | null): { enabled?: boolean } {
  const gate = gates?.TrafficControl;
  return typeof gate === "boolean" ? { enabled: gate } : {};
}
