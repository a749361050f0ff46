/** The agent: sources, OVSDB, OpenFlow and the reconciler, wired together. @module */
import type { NodeReport, Pipeline, PipelineType, Resolver, Source } from "../contracts/mod.ts";
import {
  ovsSurroundings,
  portOnBridge,
  touchedFarEnds,
  touchedInterfaces,
} from "../observe/bridge_rows.ts";
import { bridgeConditions } from "../observe/bridge_conditions.ts";
import { type Condition, condition, sentence } from "../contracts/condition.ts";
import { type AgentConfig, type BridgeConfig, openflowAddress } from "./config.ts";
import type { Registries } from "../contracts/registry.ts";
import { readDevice } from "../observe/devices.ts";
import { dropCounts } from "../report/counters.ts";
import { Intake } from "./intake.ts";
import type { Log } from "../base/log.ts";
import type { Metrics } from "../report/metrics.ts";
import { Model } from "../model/model.ts";
import { Observer } from "../observe/switch_observer.ts";
import { countsOf } from "../report/gauges.ts";
import type { AsyncMessage } from "../openflow/mod.ts";
import { OvsdbSession, type RowChange } from "../ovsdb/mod.ts";
import { controlReports, ReportStream } from "../report/node_report.ts";
import { type PluginFile, pluginNotes } from "../plugin_files/loader.ts";
import { allowOpenFlow15 } from "../apply/bridge_operations.ts";
import { Reconciler } from "../apply/reconciler.ts";
import type { Remembered } from "./memory_file.ts";
import { readState, type State } from "../report/state.ts";
import { Switch } from "../observe/switch_connection.ts";

export interface AgentOptions {
  readonly config: BridgeConfig & Pick<AgentConfig, "node" | "allowProtocolChange">;
  readonly registries: Registries;
  readonly resolvers: readonly Resolver[];
  /** What became of each file of the plugin folder. */
  readonly pluginFiles: readonly PluginFile[];
  readonly pipeline: PipelineType;
  readonly source: Source;
  /** Where last good states outlive the agent; absent if nowhere. */
  readonly remembered: Remembered | undefined;
  /** Of Sluice. */
  readonly version: string;
  readonly metrics: Metrics;
  readonly log: Log;
}

export class Agent {
  #options: AgentOptions;
  readonly model: Model;
  readonly ovsdb: OvsdbSession;
  readonly #switch: Switch;
  readonly #intake: Intake;
  readonly #reconciler: Reconciler;
  readonly #reports = new ReportStream(() => this.#report());
  readonly #observer: Observer;

  constructor(options: AgentOptions) {
    const { config, log } = options;
    this.#options = options;
    const pipeline = options.pipeline.create({ tableBase: config.tableBase });
    this.ovsdb = new OvsdbSession({
      address: config.ovsdb,
      onChange: (changes) => this.#ovsdbChanged(changes),
      onState: (state, reason) => this.#ovsdbState(state, reason),
    });
    this.model = new Model({
      resolvers: options.resolvers,
      pipeline,
      ...(config.node !== undefined && { node: config.node }),
      surroundings: {
        ...ovsSurroundings(() => this.ovsdb.cache, config.bridge),
        device: readDevice,
      },
    });
    this.#intake = new Intake({
      model: this.model,
      registries: options.registries,
      log,
      memory: options.remembered?.part("objects"),
      onChange: () => this.#reconciler.wake(),
    });
    this.#switch = this.#makeSwitch();
    this.#observer = this.#makeObserver(pipeline);
    this.#reconciler = new Reconciler({
      bridge: config.bridge,
      model: this.model,
      ovsdb: this.ovsdb,
      ready: () => this.#ready(),
      onRound: () => this.#reports.touch(),
      metrics: options.metrics,
      log,
    });
  }

  #makeObserver(pipeline: Pipeline): Observer {
    return new Observer({
      model: this.model,
      pipeline,
      client: () => this.#switch.client,
      onPorts: (ports) => this.#reconciler.ports.observe(ports),
      log: this.#options.log,
    });
  }

  #makeSwitch(): Switch {
    const { config, metrics, log } = this.#options;
    return new Switch({
      address: openflowAddress(config),
      bridge: config.bridge,
      log,
      onUp: () => {
        metrics.connected("openflow");
        this.#reconciler.wake();
      },
      onDown: () => this.#switchDown(),
      onMessage: (message) => this.#switchSays(message),
    });
  }

  /** Everything is judged again; what is right as it is stays as it is. */
  usePlugins(plugins: Pick<AgentOptions, "registries" | "resolvers" | "pluginFiles">): void {
    this.#options = { ...this.#options, ...plugins };
    this.model.useResolvers(plugins.resolvers);
    this.#intake.usePlugins(plugins.registries);
    this.#reconciler.wake();
  }

  /** Runs until the signal aborts; leaves flows and ports in place. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.ovsdb.run(signal),
      this.#switch.run(signal),
      this.#intake.run(this.#options.source, signal),
      this.#reconciler.run(signal),
      this.#options.source.publish?.(this.#reports.until(signal), signal),
    ]);
  }

  /** Why nothing may be written; empty when it may. */
  blockers(): Condition[] {
    const { bridge } = this.#options.config;
    if (!this.ovsdb.connected) {
      return [
        condition("Disconnected", `OVSDB at "${this.#options.config.ovsdb}" does not answer`),
      ];
    }
    const conditions = bridgeConditions(this.ovsdb.cache, bridge);
    if (conditions.length > 0) return conditions;
    const { condition: down } = this.#switch;
    return [down, this.#observer.unusable].filter((found) => found !== undefined);
  }

  /** Why not everything that can be realized is realized. */
  unready(): string[] {
    const { source } = this.#options;
    return [
      ...(this.#intake.complete ? [] : [`source ${source.name} has not given everything yet`]),
      ...this.blockers().map(sentence),
      ...(this.#reconciler.settled ? [] : ["changes are under way"]),
    ];
  }

  /** Plugins that are not used as they are. */
  notes(): string[] {
    return pluginNotes(this.#options.pluginFiles);
  }

  /** The text format of Prometheus. */
  metrics(): Promise<string> {
    const { source, metrics } = this.#options;
    return metrics.text({
      ...countsOf(this.#inputs),
      ready: this.unready().length === 0,
      connected: { ovsdb: this.ovsdb.connected, openflow: this.#switch.client !== undefined },
      sourceComplete: this.#intake.complete,
      issues: this.#intake.issues(source).length,
    });
  }

  async state(): Promise<State> {
    const { remembered } = this.#options;
    return await readState({
      ...this.#inputs,
      dropped: await dropCounts(this.model, this.#switch.client),
      config: this.#options.config,
      issues: [...this.#intake.issues(this.#options.source), ...remembered?.issues ?? []],
      plugins: this.#options.pluginFiles,
      ovsdb: this.ovsdb,
    });
  }

  get #inputs() {
    return {
      model: this.model,
      blockers: this.blockers(),
      failure: this.#reconciler.failure,
      invalid: this.#intake.invalid,
      dropped: new Map<string, number>(),
    };
  }

  #report(): NodeReport {
    const { config: { bridge }, version } = this.#options;
    const generationOf = (name: string) => this.#intake.generationOf(name);
    return { bridge, version, controls: controlReports(this.#inputs, generationOf) };
  }

  #ovsdbChanged(changes: readonly RowChange[]): void {
    const { cache } = this.ovsdb;
    const { bridge } = this.#options.config;
    for (const name of touchedInterfaces(cache, changes)) {
      this.model.setPort(name, portOnBridge(cache, bridge, name));
    }
    for (const [name, farEnd] of touchedFarEnds(cache, bridge, changes)) {
      this.model.wanted.setFarEnd(name, farEnd);
    }
    if (changes.some(({ table }) => table === "Bridge")) {
      this.#switch.hurry();
      this.model.wanted.touchDoubtful(); // a far end's bridge came, or a name is free
    }
    this.#reconciler.wake();
  }

  #ovsdbState(state: "connected" | "disconnected", reason?: Error): void {
    const { log, config, metrics } = this.#options;
    if (state === "connected") {
      metrics.connected("ovsdb");
      log.info("OVSDB connected", { address: config.ovsdb });
    } else log.warning("OVSDB not connected", { address: config.ovsdb, error: reason?.message });
    this.#reconciler.wake();
  }

  #switchDown(): void {
    this.#observer.forget();
    if (this.#switch.condition?.reason === "ProtocolMissing") this.#allowProtocol();
    this.#reconciler.wake();
  }

  /** Only if the operator said so: it disconnects the bridge's own controller for a moment. */
  #allowProtocol(): void {
    const { config: { allowProtocolChange, bridge }, log } = this.#options;
    if (!allowProtocolChange || !this.ovsdb.connected) return;
    this.ovsdb.commit([allowOpenFlow15(bridge)]).then(
      () => log.info("Protocol allowed", { bridge, protocol: "OpenFlow15" }),
      (error: Error) => log.warning("Protocol not allowed", { bridge, error: error.message }),
    );
  }

  #switchSays(message: AsyncMessage): void {
    if (message.type === "port_status") this.#reconciler.ports.forget(message.port.number);
    else if (!this.#observer.hears(message)) return;
    this.#reconciler.wake();
  }

  /** The connection, once all is known that a change must rest on. */
  async #ready() {
    if (!this.#intake.complete || !this.ovsdb.connected || !this.#switch.client) return undefined;
    this.#intake.reportIssues(this.#options.source);
    if (!await this.#observer.look()) return undefined;
    return this.blockers().length === 0 ? this.#switch.client : undefined;
  }
}
