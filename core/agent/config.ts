/** The agent's settings. A flag wins over a variable of the environment, and that over the settings file. @module */
import { TerminalError } from "../base/errors.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../base/log.ts";

/** How to reach bridges. The commands `plan` and `cleanup` need no other settings. */
export interface BridgesConfig {
  /** Names of the bridges. */
  readonly bridge: readonly string[];
  /** Address of OVSDB: `unix:PATH` or `tcp:HOST:PORT`. */
  readonly ovsdb: string;
  /** Folder of the socket `<bridge>.mgmt`; if absent, the folder of OVSDB's socket. */
  readonly ovsRunDir?: string;
  /** Address of the only bridge, `unix:PATH` or `tcp:HOST:PORT`; if absent, its management socket. */
  readonly openflow?: string;
  /** Number of the first of Sluice's tables. */
  readonly tableBase: number;
  readonly logFormat: typeof LOG_FORMATS[number];
  readonly logLevel: typeof LOG_LEVELS[number];
}

/** How to reach one of them. */
export interface BridgeConfig extends Omit<BridgesConfig, "bridge"> {
  /** Name of the bridge. */
  readonly bridge: string;
}

export interface AgentConfig extends BridgesConfig {
  /** Names of sources. If several list an object, that of the first one counts that has a valid one or a last good state. */
  readonly source: readonly string[];
  /** Folder of manifests, for the source `files`. */
  readonly manifests?: string;
  /** Name of the node. Pods of other nodes are left out. */
  readonly node?: string;
  /** Path of a file, for the source `kubernetes`. */
  readonly kubeconfig?: string;
  /** Seconds after which a watch of the API server without any message counts as dead. */
  readonly silence?: number;
  /** Names of the sources whose Pods may say by annotations where they are; their Pods come before those of others. */
  readonly trustAnnotations: readonly string[];
  /** Name of the only resolver to use. */
  readonly resolver?: string;
  /** Name of the pipeline, whatever the bridge. */
  readonly pipeline?: string;
  /** Folder of plugin files. */
  readonly plugins?: string;
  /** Folder for the last good state of objects, or "none". */
  readonly stateDir: string;
  /** Whether the agent may add OpenFlow 1.5 to the bridge's protocols. */
  readonly allowProtocolChange?: boolean;
  /** Milliseconds without a packet after which a TrafficControl has the warning `NoTraffic`; 0: it never has. */
  readonly noTrafficAfter?: number;
  /** `HOST:PORT` of the local API. */
  readonly listen: string;
  /** `HOST:PORT` of a server that has nothing but /metrics. */
  readonly metricsListen?: string;
  /** Whether the local API has the page for browsers. */
  readonly web?: boolean;
  /** Path of a file with a token, without which the local API tells nothing but what probes and Prometheus ask for. */
  readonly tokenFile?: string;
  /** The feature gate `TrafficControl`. If it is off, the agent removes all that it has made, and then does nothing. */
  readonly enabled: boolean;
}

/** The settings of the agent for one of its bridges. */
export type AgentBridgeConfig = Omit<AgentConfig, "bridge"> & Pick<BridgeConfig, "bridge">;

/**
 * The settings of each bridge, in the order in which they are named.
 *
 * @throws {TerminalError} If there are several, and the setting `openflow` names the socket of one.
 */
export function configsOf<Config extends BridgesConfig>(
  config: Config,
): (Omit<Config, "bridge"> & { readonly bridge: string })[] {
  const { bridge: names, openflow } = config;
  if (names.length > 1 && openflow !== undefined) {
    throw new TerminalError(
      `Cannot use --openflow for bridges ${names.join(", ")}: it is the socket of one bridge, so ` +
        "set --ovs-run-dir",
    );
  }
  return names.map((bridge) => ({ ...config, bridge }));
}

/**
 * Address at which the bridge speaks OpenFlow: the setting `openflow`, or the socket `<bridge>.mgmt`.
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
