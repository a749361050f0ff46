/** Settings of the agent: flags win over the environment, the environment over the file. @module */
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
  /** Names of sources; of objects that several list, those of the first count. */
  readonly source: readonly string[];
  readonly manifests?: string;
  readonly node?: string;
  readonly kubeconfig?: string;
  /** Seconds. */
  readonly silence?: number;
  readonly resolver?: string;
  /** Name of the pipeline, whatever the bridge. */
  readonly pipeline?: string;
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
  return `${stateDir}/${encodeURIComponent(bridge)}.${source.join("+")}.json`;
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
