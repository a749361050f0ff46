/** The agent: sources, OVSDB, OpenFlow and the reconciler, wired together. @module */
import type { NodeReport, PipelineType, Resolver, Source } from "./contracts/mod.ts";
import { delay } from "./backoff.ts";
import {
  bridgeConditions,
  ovsSurroundings,
  portOnBridge,
  touchedInterfaces,
} from "./bridge_observer.ts";
import { type Condition, condition } from "./conditions.ts";
import { type AgentConfig, type BridgeConfig, openflowAddress } from "./config.ts";
import type { Registries } from "./control.ts";
import { readDevice } from "./devices.ts";
import { dropCounts } from "./drop_counts.ts";
import { touchedFarEnds } from "./far_ends.ts";
import { Intake } from "./intake.ts";
import { forgetVanished } from "./learned_flows.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { Model } from "./model.ts";
import { takeObservation } from "./observation.ts";
import { countsOf } from "./observed.ts";
import type { AsyncMessage, Flow, OpenFlowClient } from "./openflow/mod.ts";
import { OvsdbSession, type RowChange } from "./ovsdb/mod.ts";
import { controlReports } from "./node_report.ts";
import { type PluginFile, pluginNotes } from "./plugin_files/loader.ts";
import { allowOpenFlow15 } from "./port_operations.ts";
import { CHECK_INTERVAL, Reconciler } from "./reconciler.ts";
import type { Remembered } from "./remembered.ts";
import { ReportStream } from "./report_stream.ts";
import { readState, type State } from "./state.ts";
import { readSwitch, Switch, watchFlows, withdrawFlows } from "./switch.ts";
import { isReasonToLook } from "./switch_news.ts";

/** Milliseconds between two looks at the switch, however often somebody takes a flow of ours away. */
const SHORTEST_INTERVAL = 100;

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
  readonly #pipeline: ReturnType<PipelineType["create"]>;
  readonly #switch: Switch;
  readonly #intake: Intake;
  readonly #reconciler: Reconciler;
  readonly #reports = new ReportStream(() => this.#report());
  #unusable: Condition | undefined;
  #observedAt = -Infinity;
  /** The same, whatever we heard since. */
  #lookedAt = -Infinity;
  /** The connection that tells us of changes. */
  #watched: OpenFlowClient | undefined;
  /** The connection over which what was learned of vanished ports was forgotten. */
  #swept: OpenFlowClient | undefined;

  constructor(options: AgentOptions) {
    const { config, log } = options;
    this.#options = options;
    this.#pipeline = options.pipeline.create({ tableBase: config.tableBase });
    this.ovsdb = new OvsdbSession({
      address: config.ovsdb,
      onChange: (changes) => this.#ovsdbChanged(changes),
      onState: (state, reason) => this.#ovsdbState(state, reason),
    });
    this.model = new Model({
      resolvers: options.resolvers,
      pipeline: this.#pipeline,
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
    return [down, this.#unusable].filter((found) => found !== undefined);
  }

  /** Why not everything that can be realized is realized. */
  unready(): string[] {
    const { source } = this.#options;
    return [
      ...(this.#intake.complete ? [] : [`source ${source.name} has not given everything yet`]),
      ...this.blockers().map(({ message }) => message),
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
    this.#observedAt = -Infinity;
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
    else if (isReasonToLook(message, this.#standing)) this.#observedAt = -Infinity;
    else return;
    this.#reconciler.wake();
  }

  get #standing() {
    const { redirects, places, flows } = this.model;
    const hindered = this.#unusable !== undefined || redirects.some || places.some;
    return { pipeline: this.#pipeline, hindered, isOurPlace: (flow: Flow) => flows.wants(flow) };
  }

  /** The connection, once all is known that a change must rest on. */
  async #ready() {
    if (!this.#intake.complete || !this.ovsdb.connected || !this.#switch.client) return undefined;
    this.#intake.reportIssues(this.#options.source);
    const isDue = performance.now() - this.#observedAt >= CHECK_INTERVAL;
    if (isDue && !await this.#observe()) return undefined;
    return this.blockers().length === 0 ? this.#switch.client : undefined;
  }

  /** Reads what the bridge has, after a connect and from time to time. @returns Whether the model has it. */
  async #observe(): Promise<boolean> {
    await delay(Math.max(0, this.#lookedAt + SHORTEST_INTERVAL - performance.now()));
    const { client } = this.#switch;
    if (!client) return false;
    this.#lookedAt = performance.now();
    this.#observedAt = this.#lookedAt; // at first: a loss that we hear of meanwhile must count
    try {
      if (client !== this.#watched) await watchFlows(client, this.#pipeline.tables);
      this.#watched = client;
      const state = await readSwitch(client, this.#pipeline.tables);
      if (client !== this.#switch.client) return false;
      if (client !== this.#swept) await forgetVanished(client, state.ports);
      this.#swept = client;
      this.#reconciler.ports.observe(state.ports);
      this.#unusable = takeObservation(this.model, this.#pipeline, state);
      if (this.#unusable && state.flows.length > 0) await this.#withdraw(client, this.#unusable);
      return true;
    } catch (error) {
      this.#observedAt = -Infinity;
      throw error;
    }
  }

  /** What is left of ours would mix with what is somebody else's now: packets go by the owner's flows alone. */
  async #withdraw(client: OpenFlowClient, { reason, message }: Condition): Promise<void> {
    await withdrawFlows(client);
    this.model.flows.observe([]);
    this.#options.log.warning("Flows withdrawn", { reason, message });
  }
}
