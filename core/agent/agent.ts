/** The agent of a node: it connects sources, plugins, OVSDB and the local API with its bridges. @module */
import { Bell } from "../base/bell.ts";
import { type Log, withFields } from "../base/log.ts";
import type { Holder } from "../base/marks.ts";
import type { Condition } from "../contracts/condition.ts";
import type { NodeReport, PipelineType, Resolver, Source } from "../contracts/mod.ts";
import type { Registries } from "../contracts/registry.ts";
import type { Selection } from "../model/pods/selection.ts";
import { type PluginFile, pluginNotes } from "../plugin_files/loader.ts";
import type { BlockerLog } from "../report/blocker_log.ts";
import { type ControlCounts, NOTHING_COUNTED } from "../report/counters.ts";
import { type CountersReport, countersReport } from "../report/counters_report.ts";
import type { Metrics } from "../report/metrics.ts";
import type { Explanation } from "../explain/explanation.ts";
import type { Question } from "../report/http.ts";
import { controlReports } from "../report/node_report.ts";
import { readNodeState } from "../report/node_state.ts";
import type { State } from "../report/state.ts";
import { sumOfEach } from "../report/sum_of_counts.ts";
import { sourceConditions } from "./blockers.ts";
import { type AgentConfig, type BridgesConfig, configsOf } from "./config.ts";
import { type Database, databaseOf } from "./database.ts";
import { Intake } from "./intake.ts";
import { LazyCaptures } from "./lazy_captures.ts";
import { MemoryRelease } from "./memory_release.ts";
import { conditionLines } from "./readiness.ts";
import { NodePods } from "./node_pods.ts";
import type { PipelineChoice } from "./pipeline_choice.ts";
import { ServedBridge } from "./served_bridge.ts";
import type { OpenStates } from "./state_files.ts";

export interface AgentOptions {
  readonly config:
    & BridgesConfig
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
  /** They keep the last good state of objects over a restart, and where Pods are; empty if none is kept. */
  readonly remembered: OpenStates;
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
  readonly #bridges: readonly ServedBridge[];
  /** Absent if there is one bridge alone: its model knows then which Pods are selected. */
  readonly #nodePods: NodePods | undefined;
  readonly #intake: Intake;
  /** Answers requests of `sluice capture`. */
  readonly captures = new LazyCaptures(() => ({
    bridges: this.#bridges.map((served) => served.forCaptures()),
    registries: () => this.#options.registries,
    application: `sluice ${this.#options.version}`,
    log: this.#options.log,
  }));
  /** Rings when the state may have changed: one bell for each source that publishes it. */
  readonly #changes: ReadonlyMap<Source, Bell>;
  /** Rings when the state may have changed, for whoever watches it. */
  readonly #watched = new Bell();

  constructor(options: AgentOptions) {
    const { config, remembered } = options;
    this.#options = options;
    const configs = configsOf(config);
    this.#nodePods = configs.length > 1 ? new NodePods(config.node) : undefined;
    this.#bridges = configs.map((each) => this.#serve(each));
    this.#intake = new Intake({
      sources: options.sources,
      sinks: [
        ...this.#bridges.map(({ bridge }) => bridge.model),
        ...this.#nodePods ? [this.#nodePods] : [],
      ],
      trusted: config.trustAnnotations,
      registries: options.registries,
      resolvers: options.resolvers,
      log: options.log,
      memory: remembered.get(configs[0]!.bridge)?.part("objects"),
    });
    this.#changes = new Map(options.sources.map((source) => [source, new Bell()]));
  }

  #serve(config: ReturnType<typeof configsOf<AgentOptions["config"]>>[number]): ServedBridge {
    const { remembered, metrics, log, config: { bridge: bridges }, ...more } = this.#options;
    const isOnly = bridges.length === 1;
    const { bridge } = config;
    const isEarlier = ({ name }: ServedBridge) => bridges.indexOf(name) < bridges.indexOf(bridge);
    return new ServedBridge({
      ...more,
      config,
      bridges,
      remembered: remembered.get(bridge),
      complete: () => this.#intake.complete,
      claimedBy: (port) => this.#bridges.filter(isEarlier).find((each) => each.claims(port))?.name,
      onDatabase: (served) => this.#tellDatabase(served),
      onPipeline: () => this.#options.onPipeline?.(),
      metrics: metrics.of(isOnly ? undefined : bridge),
      log: isOnly ? log : withFields(log, { bridge }),
    });
  }

  /** Replaces the plugins. All objects and Pods are judged again; only what comes out differently is changed. */
  usePlugins(plugins: AgentPlugins): void {
    this.#options = { ...this.#options, ...plugins };
    for (const { bridge } of this.#bridges) {
      bridge.model.useResolvers(plugins.resolvers, plugins.marking);
    }
    this.#intake.usePlugins(plugins.registries, plugins.resolvers);
    for (const { bridge } of this.#bridges) bridge.usePipelines(plugins.pipelines);
  }

  /** Calls the plugins for all objects and Pods again: they may have failed, or were not called, for some of them. */
  judgeAgain(): void {
    this.usePlugins(this.#options);
    for (const { bridge } of this.#bridges) bridge.computeFlowsAgain();
  }

  /** The pipelines that the bridges use at present. */
  get pipelines(): PipelineType[] {
    return this.#bridges.map(({ bridge }) => bridge.model.pipeline.type);
  }

  /** Runs until the signal aborts; leaves flows and ports in place. */
  async run(signal: AbortSignal): Promise<void> {
    using memory = new MemoryRelease();
    using _captures = this.captures;
    const onChange = (since: number) => {
      for (const { bridge } of this.#bridges) bridge.objectsChanged(since);
      memory.changed();
    };
    await Promise.all([
      ...this.#bridges.map((served) => served.runOvsdb(signal)),
      this.#intake.run(signal, onChange),
      ...this.#bridges.map((served) => served.bridge.run(signal, () => this.#roundEnded(served))),
      ...[...this.#changes].map(([source, bell]) =>
        source.publish?.({
          changed: (signal) => bell.heard(signal),
          read: () => this.#report(source),
          counted: () => this.#counted(source),
        }, signal)
      ),
    ]);
  }

  #roundEnded({ name, bridge }: ServedBridge): void {
    if (this.#intake.complete) {
      this.#intake.reportIssues();
      bridge.model.pods.forgetVanished();
    }
    const blockers = [...this.#sourceConditions(), ...bridge.blockers()];
    this.#options.blockerLog.report(name, blockers);
    for (const bell of [...this.#changes.values(), this.#watched]) bell.ring();
  }

  #sourceConditions(): Condition[] {
    return sourceConditions(this.#options.sources, this.#intake.incomplete());
  }

  /** Why something that Sluice can realize is not realized yet, a line each; empty if all of it is. */
  unready(): string[] {
    return [
      ...conditionLines(this.#sourceConditions()),
      ...this.#bridges.flatMap(({ bridge }) => bridge.unready()),
    ];
  }

  /** What is wrong with the agent itself, a line each. A restart changes nothing on the bridges. */
  unhealthy(): string[] {
    return this.#bridges.flatMap(({ bridge }) => bridge.unhealthy());
  }

  /** Which plugin files are not used, or not in their newest version, a line each. */
  notes(): string[] {
    return pluginNotes(this.#options.pluginFiles);
  }

  /** All metrics in the text format of Prometheus. */
  async metrics(): Promise<string> {
    const counted = await Promise.all(this.#bridges.map((served) => served.allCounted()));
    const agent = {
      ready: this.unready().length === 0,
      sourceComplete: this.#intake.complete,
      issues: this.#intake.issues().length,
    };
    const inputs = this.#inputs;
    const observed = this.#bridges.map((served, index) =>
      served.observed({ ...inputs[index]!, ...counted[index]! }, agent)
    );
    return await this.#options.metrics.text(...observed);
  }

  /** The state for `GET /api/v1/state`. It asks OVSDB and the switches for counters. */
  async state(): Promise<State> {
    const { remembered, config, pluginFiles: plugins } = this.#options;
    const unwritten = [...remembered.values()].flatMap((each) => each.issues);
    // May change what is said below
    const counted = await Promise.all(this.#bridges.map((served) => served.counted()));
    const issues = [...this.#intake.issues(), ...unwritten];
    const inputs = this.#inputs;
    const bridges = this.#bridges.map(({ name, ovsdb, bridge: { leftover } }, index) => {
      const about = { config: { ...config, bridge: name }, issues, plugins, ovsdb, leftover };
      return { ...inputs[index]!, ...counted[index]!, ...about };
    });
    const state = await readNodeState({ bridges, selection: this.#selection });
    return { ...state, conditions: [...this.#sourceConditions(), ...state.conditions] };
  }

  /** The counters for `GET /api/v1/counters`. It asks the switches. */
  async counters(): Promise<CountersReport> {
    const counted = await Promise.all(this.#bridges.map((served) => served.countersOfModel()));
    return countersReport(counted, this.#options.config.node);
  }

  /** Why TrafficControls do something with a Pod, or do nothing. */
  async explain(question: Question): Promise<Explanation> {
    const { explain } = await import("../explain/explain.ts"); // Hardly any agent is asked
    const { node } = this.#options.config;
    return explain(question, {
      node,
      bridges: this.#inputs,
      selection: this.#selection,
      sources: this.#sourceConditions(),
      listing: (kind, name) => this.#intake.listing(kind, name),
      issues: this.#intake.issues(),
    });
  }

  /** Waits until the state may have changed, or the signal aborts. Only one part may wait. */
  changed(signal: AbortSignal): Promise<void> {
    return this.#watched.heard(signal);
  }

  /** What reports are made from, for each bridge. */
  get #inputs() {
    const { invalid } = this.#intake;
    return this.#bridges.map((served) => ({ ...served.inputs(), ...NOTHING_COUNTED, invalid }));
  }

  /** The Pods of the node that are selected. */
  get #selection(): Selection {
    return (this.#nodePods ?? this.#bridges[0]!.bridge.model).selection;
  }

  /** The report on those TrafficControls that count as this source's. */
  #report(source: Source): NodeReport | undefined {
    // The agent that has the lock reports on the node. Before OVSDB has answered, nobody knows which one it is.
    if (!this.#bridges.every(({ isTried }) => isTried)) return undefined;
    if (this.#bridges.every((served) => served.isInOtherHands)) return undefined;
    const generationOf = (name: string) => this.#intake.generationOf(name, source.name);
    const inputs = { bridges: this.#inputs, selection: this.#selection };
    const controls = controlReports(inputs, generationOf)
      .filter(({ name }) => this.#lists(source, name));
    const bridge = this.#bridges.map(({ name }) => name).join();
    return { bridge, version: this.#options.version, controls };
  }

  async #counted(source: Source): Promise<ReadonlyMap<string, ControlCounts>> {
    const all = await Promise.all(
      this.#bridges.map(({ bridge }) => bridge.health.counts(bridge.client)),
    );
    const counts = [...sumOfEach(all)];
    return new Map(counts.filter(([name]) => this.#lists(source, name)));
  }

  #lists(source: Source, control: string): boolean {
    return this.#intake.listing("TrafficControl", control).includes(source.name);
  }

  #tellDatabase({ ovsdb: { cache } }: ServedBridge): void {
    const { config: { bridge }, onDatabase } = this.#options;
    const database = onDatabase && databaseOf(cache, bridge);
    if (database) onDatabase(database);
  }
}
