/** The agent of a node: it connects sources, plugins, OVSDB and the local API with the bridge. @module */
import { Bell } from "../base/bell.ts";
import type { Log } from "../base/log.ts";
import { formatHolder, type Holder, lockName } from "../base/marks.ts";
import type { Condition } from "../contracts/condition.ts";
import type { NodeReport, PipelineType, Resolver, Source } from "../contracts/mod.ts";
import type { Registries } from "../contracts/registry.ts";
import type { Model } from "../model/model.ts";
import { DATABASE, OvsdbSession, type RowChange } from "../ovsdb/mod.ts";
import { type PluginFile, pluginNotes } from "../plugin_files/loader.ts";
import type { BlockerLog } from "../report/blocker_log.ts";
import { type ControlCounts, NOTHING_COUNTED, type PodCounts } from "../report/counters.ts";
import { countsOf } from "../report/gauges.ts";
import type { Metrics } from "../report/metrics.ts";
import { controlReports } from "../report/node_report.ts";
import { readState, type State } from "../report/state.ts";
import { sourceConditions } from "./blockers.ts";
import { Bridge } from "./bridge.ts";
import type { AgentConfig, BridgeConfig } from "./config.ts";
import { type Database, databaseOf } from "./database.ts";
import { Intake } from "./intake.ts";
import { MemoryRelease } from "./memory_release.ts";
import { conditionLines } from "./readiness.ts";
import type { Remembered } from "./memory_file.ts";
import type { PipelineChoice } from "./pipeline_choice.ts";

export interface AgentOptions {
  readonly config:
    & BridgeConfig
    & Pick<AgentConfig, "node" | "allowProtocolChange" | "noTrafficAfter" | "trustAnnotations">;
  readonly registries: Registries;
  readonly resolvers: readonly Resolver[];
  /** All known resolvers, also those that `resolvers` leaves out. */
  readonly marking: readonly Resolver[];
  /** The files of the plugin folder, and whether each could be loaded. */
  readonly pluginFiles: readonly PluginFile[];
  readonly pipelines: PipelineChoice;
  /** Where objects come from. If several sources list an object, that of the first one counts. */
  readonly sources: readonly Source[];
  /** Keeps the last good state of objects over a restart; absent if none is kept. */
  readonly remembered: Remembered | undefined;
  /** This process, as the bridge's row names it while it has the bridge's lock; if absent, the row names none. */
  readonly holder: Holder | undefined;
  /** Is called each time that OVSDB has said which database it is. */
  readonly onDatabase?: (database: Database) => void;
  /** Is called when the bridge has another pipeline: the earlier one is not called any more. */
  readonly onPipeline?: () => void;
  /** Version of Sluice. */
  readonly version: string;
  readonly metrics: Metrics;
  /** It may have told of an earlier agent of this process. */
  readonly blockerLog: BlockerLog;
  readonly log: Log;
}

/** What plugins give an agent. */
export type AgentPlugins = Pick<
  AgentOptions,
  "registries" | "resolvers" | "marking" | "pipelines" | "pluginFiles"
>;

export class Agent {
  #options: AgentOptions;
  readonly #ovsdb: OvsdbSession;
  readonly #bridge: Bridge;
  readonly #intake: Intake;
  /** Whether OVSDB has answered, or has not for so long that the first attempt has failed. */
  #isOvsdbTried = false;
  /** Rings when the state may have changed: one bell for each source that publishes it. */
  readonly #changes: ReadonlyMap<Source, Bell>;

  constructor(options: AgentOptions) {
    const { config, metrics, log } = options;
    this.#options = options;
    this.#ovsdb = new OvsdbSession({
      address: config.ovsdb,
      onChange: (changes) => this.#ovsdbChanged(changes),
      onState: (state, reason) => this.#ovsdbState(state, reason),
      lock: { id: lockName(config.bridge) },
      onLock: (state) => {
        options.remembered?.permit(state === "held");
        this.#bridge.lockChanged(state);
      },
    });
    this.#bridge = new Bridge({
      config,
      resolvers: options.resolvers,
      marking: options.marking,
      memory: options.remembered?.part("places"),
      pipelines: options.pipelines,
      ovsdb: this.#ovsdb,
      holder: options.holder && formatHolder(options.holder),
      complete: () => this.#intake.complete,
      onPipeline: () => options.onPipeline?.(),
      metrics,
      log,
    });
    this.#intake = new Intake({
      sources: options.sources,
      sinks: [this.#bridge.model],
      trusted: config.trustAnnotations,
      registries: options.registries,
      resolvers: options.resolvers,
      log,
      memory: options.remembered?.part("objects"),
    });
    this.#changes = new Map(options.sources.map((source) => [source, new Bell()]));
  }

  /** Replaces the plugins. All objects and Pods are judged again; only what comes out differently is changed. */
  usePlugins(plugins: AgentPlugins): void {
    this.#options = { ...this.#options, ...plugins };
    this.#bridge.model.useResolvers(plugins.resolvers, plugins.marking);
    this.#intake.usePlugins(plugins.registries, plugins.resolvers);
    this.#bridge.usePipelines(plugins.pipelines);
  }

  /** Calls the plugins for all objects and Pods again: they may have failed, or were not called, for some of them. */
  judgeAgain(): void {
    this.usePlugins(this.#options);
    this.#bridge.computeFlowsAgain();
  }

  /** The pipeline that the bridge uses at present. */
  get pipeline(): PipelineType {
    return this.#bridge.model.pipeline.type;
  }

  /** Runs until the signal aborts; leaves flows and ports in place. */
  async run(signal: AbortSignal): Promise<void> {
    using memory = new MemoryRelease();
    const onChange = () => {
      this.#bridge.wake();
      memory.changed();
    };
    await Promise.all([
      this.#ovsdb.run(this.#whenRemembered(signal)),
      this.#intake.run(signal, onChange),
      this.#bridge.run(signal, () => this.#roundEnded()),
      ...[...this.#changes].map(([source, bell]) =>
        source.publish?.({
          changed: (signal) => bell.heard(signal),
          read: () => this.#report(source),
          counted: () => this.#counted(source),
        }, signal)
      ),
    ]);
  }

  /** Aborts after `signal`, when the last good state is written: it may be written only as long as OVSDB gives the lock. */
  #whenRemembered(signal: AbortSignal): AbortSignal {
    const { remembered } = this.#options;
    if (!remembered || signal.aborted) return signal;
    const written = new AbortController();
    const write = () => void remembered[Symbol.asyncDispose]().then(() => written.abort());
    signal.addEventListener("abort", write, { once: true });
    return written.signal;
  }

  #roundEnded(): void {
    if (this.#intake.complete) {
      this.#intake.reportIssues();
      this.#bridge.model.pods.forgetVanished();
    }
    this.#options.blockerLog.report(this.#bridge.name, this.#blockers());
    for (const bell of this.#changes.values()) bell.ring();
  }

  /** Why Sluice must not write to the bridge; empty if it may. */
  #blockers(): Condition[] {
    return [...this.#sourceConditions(), ...this.#bridge.blockers()];
  }
  #sourceConditions(): Condition[] {
    return sourceConditions(this.#options.sources, this.#intake.incomplete());
  }

  /** Why something that Sluice can realize is not realized yet, a line each; empty if all of it is. */
  unready(): string[] {
    return [
      ...conditionLines(this.#sourceConditions()),
      ...this.#bridge.unready(),
    ];
  }

  /** What is wrong with the agent itself, a line each. A restart changes nothing on the bridge. */
  unhealthy(): string[] {
    return this.#bridge.unhealthy();
  }

  /** Which plugin files are not used, or not in their newest version, a line each. */
  notes(): string[] {
    return pluginNotes(this.#options.pluginFiles);
  }

  /** All metrics in the text format of Prometheus. */
  async metrics(): Promise<string> {
    const [counts, podCounts] = await Promise.all([this.#counts(), this.#podCounts()]);
    return await this.#options.metrics.text({
      ...countsOf({ ...this.#inputs, counts, podCounts }),
      ready: this.unready().length === 0,
      connected: { ovsdb: this.#ovsdb.connected, openflow: this.#bridge.client !== undefined },
      sourceComplete: this.#intake.complete,
      issues: this.#intake.issues().length,
    });
  }

  /** The state for `GET /api/v1/state`. It asks OVSDB and the switch for counters. */
  async state(): Promise<State> {
    const { remembered } = this.#options;
    const counting = [this.#counts(), this.#podCounts()] as const;
    const [counts, podCounts] = await Promise.all(counting); // may change what is said below
    const state = await readState({
      ...this.#inputs,
      counts,
      podCounts,
      config: this.#options.config,
      issues: [...this.#intake.issues(), ...remembered?.issues ?? []],
      plugins: this.#options.pluginFiles,
      ovsdb: this.#ovsdb,
    });
    const { leftover } = this.#bridge;
    const ofBridge = [...state.conditions, ...(leftover ? [leftover] : [])];
    return { ...state, conditions: [...this.#sourceConditions(), ...ofBridge] };
  }

  #counts(): Promise<ReadonlyMap<string, ControlCounts>> {
    return this.#bridge.health.counts(this.#bridge.client);
  }

  #podCounts(): Promise<PodCounts> {
    return this.#bridge.health.podCounts(this.#bridge.client);
  }

  get #inputs() {
    return {
      model: this.#bridge.model as Model,
      blockers: this.#bridge.blockers() as readonly Condition[],
      failure: this.#bridge.failure,
      invalid: this.#intake.invalid,
      ...NOTHING_COUNTED,
      sensorTimes: this.#bridge.health.times(),
    };
  }

  /** The report on those TrafficControls that count as this source's. */
  #report(source: Source): NodeReport | undefined {
    // The agent that has the lock reports on the node. Before OVSDB has answered, nobody knows which one it is.
    if (!this.#isOvsdbTried) return undefined;
    if (this.#blockers().some(({ reason }) => reason === "AnotherAgent")) return undefined;
    const generationOf = (name: string) => this.#intake.generationOf(name, source.name);
    const controls = controlReports(this.#inputs, generationOf)
      .filter(({ name }) => this.#intake.lists(source.name, name));
    return { bridge: this.#bridge.name, version: this.#options.version, controls };
  }

  async #counted(source: Source): Promise<ReadonlyMap<string, ControlCounts>> {
    const counts = [...await this.#counts()];
    return new Map(counts.filter(([name]) => this.#intake.lists(source.name, name)));
  }

  #ovsdbChanged(changes: readonly RowChange[]): void {
    if (changes.some(({ table }) => table === DATABASE)) this.#tellDatabase();
    this.#bridge.ovsdbChanged(changes);
  }

  #tellDatabase(): void {
    const { config: { bridge }, onDatabase } = this.#options;
    const database = onDatabase && databaseOf(this.#ovsdb.cache, bridge);
    if (database) onDatabase(database);
  }

  #ovsdbState(state: "connected" | "disconnected", reason?: Error): void {
    const { log, config, metrics } = this.#options;
    this.#isOvsdbTried = true;
    if (state === "connected") {
      this.#tellDatabase();
      metrics.connected("ovsdb");
      log.info("OVSDB connected", { address: config.ovsdb });
    } else log.warning("OVSDB not connected", { address: config.ovsdb, error: reason?.message });
    this.#bridge.wake();
  }
}
