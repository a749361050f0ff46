/**
 * All that belongs to one bridge: its model, its pipeline, the connection to its switch, and its reconciler. What
 * belongs to the node (sources, objects, plugins, the local API) is in `agent.ts`.
 * @module
 */
import type { Log } from "../base/log.ts";
import type { Condition } from "../contracts/condition.ts";
import type { Memory, Resolver } from "../contracts/mod.ts";
import { allowOpenFlow15 } from "../apply/bridge_operations.ts";
import { Reconciler, type Round } from "../apply/reconciler.ts";
import type { Model } from "../model/model.ts";
import { bridgeFacts } from "../observe/bridge_facts.ts";
import {
  changesFlowTunnels,
  portOnBridge,
  touchedFarEnds,
  touchedInterfaces,
} from "../observe/bridge_rows.ts";
import { SwitchConnection } from "../observe/switch_connection.ts";
import { SwitchObserver } from "../observe/switch_observer.ts";
import type { AsyncMessage, OpenFlowClient } from "../openflow/mod.ts";
import type { LockState, OvsdbSession, RowChange } from "../ovsdb/mod.ts";
import { LogReport } from "../report/log_report.ts";
import { BridgeHealth } from "./bridge_health.ts";
import { type BridgeMetrics, countRound } from "./bridge_metrics.ts";
import { bridgeModel } from "./bridge_model.ts";
import { EventClock } from "./event_clock.ts";
import { blockersOf } from "./blockers.ts";
import { type AgentConfig, type BridgeConfig, openflowAddress } from "./config.ts";
import { type PipelineChoice, unknownBridge } from "./pipeline_choice.ts";
import { PipelineMaker } from "./pipeline_maker.ts";
import { overdueLine, unreadyLines } from "./readiness.ts";

export interface BridgeOptions {
  /** The names of all bridges that the agent works on. */
  readonly bridges: readonly string[];
  /** See `BridgeModelOptions`. */
  readonly claimedBy: (port: string) => string | undefined;
  readonly config:
    & BridgeConfig
    & Pick<AgentConfig, "node" | "allowProtocolChange" | "noTrafficAfter">;
  readonly resolvers: readonly Resolver[];
  readonly marking: readonly Resolver[];
  /** Keeps where Pods are over a restart of the agent. */
  readonly memory: Memory | undefined;
  readonly pipelines: PipelineChoice;
  /** With the lock of the bridge. */
  readonly ovsdb: OvsdbSession;
  /** What the bridge's row has to say of this agent; nothing if it is to leave no note. */
  readonly holder: string | undefined;
  /** Whether every source has given all its objects. */
  readonly complete: () => boolean;
  /** Is called when the bridge has another pipeline. */
  readonly onPipeline: () => void;
  readonly metrics: BridgeMetrics;
  readonly log: Log;
}

export class Bridge {
  readonly #options: BridgeOptions;
  readonly model: Model;
  readonly #connection: SwitchConnection;
  readonly #observer: SwitchObserver;
  readonly #reconciler: Reconciler;
  readonly health: BridgeHealth;
  readonly #logReport: LogReport;
  readonly #maker: PipelineMaker;
  readonly #clock = new EventClock();
  #pipelines: PipelineChoice;
  /** Whether OVSDB has told nothing since the pipeline was chosen, and it was chosen among the present ones. */
  #isChosen = false;
  #collisionsFailure: string | undefined;

  constructor(options: BridgeOptions) {
    const { config, ovsdb, log } = options;
    this.#options = options;
    this.#pipelines = options.pipelines;
    this.#maker = new PipelineMaker({
      tableBase: config.tableBase,
      onFailure: ({ name }, { message }) => {
        log.error("Pipeline failed", { bridge: config.bridge, pipeline: name, error: message });
      },
    });
    const { bridge, node } = config;
    const pipeline = this.#maker.make(this.#pipelines, unknownBridge(bridge));
    const { resolvers, marking, memory, claimedBy, bridges } = options;
    const made = { resolvers, marking, memory, claimedBy, ovsdb, pipeline, node };
    this.model = bridgeModel(made, { bridge, bridges });
    this.#connection = this.#connect();
    this.#observer = new SwitchObserver({
      model: this.model,
      client: () => this.#connection.client,
      wake: () => this.wake(),
    });
    this.#logReport = new LogReport(this.model, log);
    this.#reconciler = new Reconciler({
      bridge: config.bridge,
      model: this.model,
      ovsdb,
      observer: this.#observer,
      complete: () => options.complete() && ovsdb.connected,
      isHolder: () => ovsdb.lock === "held",
      holder: options.holder,
      prepare: () => this.#prepare(),
      blockers: () => this.blockers(),
      log,
    });
    this.health = this.#watchSensors();
  }

  #watchSensors(): BridgeHealth {
    const { config, metrics, log } = this.#options;
    return new BridgeHealth({
      address: openflowAddress(config),
      bridge: config.bridge,
      model: this.model,
      noTrafficAfter: config.noTrafficAfter ?? 0,
      reconciler: this.#reconciler,
      metrics,
      log,
    });
  }

  #connect(): SwitchConnection {
    const { config, metrics, log } = this.#options;
    return new SwitchConnection({
      address: openflowAddress(config),
      bridge: config.bridge,
      log,
      onUp: () => {
        metrics.connected("openflow");
        this.wake();
      },
      onDown: () => this.#disconnected(),
      onMessage: (message) => this.#hears(message),
    });
  }

  get name(): string {
    return this.#options.config.bridge;
  }

  /** The connection to the bridge's switch, as long as there is one. */
  get client(): OpenFlowClient | undefined {
    return this.#connection.client;
  }

  /** Whether everything in the model is in the switch. */
  get isWritten(): boolean {
    return this.#reconciler.isWritten;
  }

  /** Why the last round failed, if it did. */
  get failure(): Condition | undefined {
    return this.#reconciler.failure;
  }

  /** Why ports are still there that nothing needs any more. */
  get leftover(): Condition | undefined {
    return this.#reconciler.leftover;
  }

  /** Why something that can be realized is not realized yet, a line each: see `readiness.ts`. */
  unready(): string[] {
    const { failure = this.leftover, settled } = this.#reconciler;
    return unreadyLines(this.name, { blockers: this.blockers(), failure, settled });
  }

  /** Which of its rounds takes too long, as a line; empty if none does. */
  unhealthy(): string[] {
    const { failure, overdue } = this.#reconciler;
    return overdue ? [overdueLine(this.name, overdue, this.blockers()[0] ?? failure)] : [];
  }

  /** Replaces the pipelines among which one is chosen. The next round chooses again. */
  usePipelines(pipelines: PipelineChoice): void {
    this.#pipelines = pipelines;
    this.#isChosen = false;
    this.wake();
  }

  /** Calls the pipeline again for all flows. */
  computeFlowsAgain(): void {
    this.model.usePipeline(this.model.pipeline);
    this.#observer.forget(); // the next round compares all flows with those of the switch
    this.wake();
  }

  /** A round begins. The bridge, or a plugin file, may be another one than before: the pipeline is chosen again. */
  #prepare(): void {
    this.#clock.roundBegins();
    if (this.#isChosen) return;
    const { config: { bridge }, ovsdb, log } = this.#options;
    const facts = bridgeFacts(ovsdb.cache, bridge);
    if (!facts) return;
    this.model.datapath.setFacts(facts);
    const before = this.model.pipeline;
    const pipeline = this.#maker.make(this.#pipelines, facts, before);
    this.#isChosen = true;
    if (pipeline === before) return;
    this.model.usePipeline(pipeline);
    this.#observer.forget(); // nothing is written to tables that have not been looked at
    this.#options.onPipeline();
    log.info("Pipeline changed", { bridge, pipeline: pipeline.type.name });
  }

  /** Says that something has changed: the next round begins as soon as it can. */
  wake(): void {
    this.#reconciler.wake();
  }

  /** Says that objects have changed. @param since When that was heard, in milliseconds of a monotonic clock. */
  objectsChanged(since: number): void {
    this.#clock.arrived(since);
    this.wake();
  }

  /** Runs until the signal aborts; leaves flows and ports in place. @param onRound Called after each round. */
  async run(signal: AbortSignal, onRound: () => void): Promise<void> {
    const follow = async () => {
      for await (const round of this.#reconciler.rounds(signal)) {
        this.#tell(round);
        onRound();
      }
    };
    await Promise.all([this.#connection.run(signal), this.health.run(signal), follow()]);
  }

  #tell(round: Round): void {
    if (round.client && !round.failure) this.#connection.proved(round.client);
    this.#tellOfCollisions();
    countRound(this.#options.metrics, this.#clock, round);
    this.health.follow();
    this.#logReport.report(round.applied);
  }

  /** Logs once that the pipeline fails to tell which flows its ports need in table 0. */
  #tellOfCollisions(): void {
    const { config: { bridge }, log } = this.#options;
    const error = this.model.collisions.failure?.message;
    if (error !== undefined && error !== this.#collisionsFailure) {
      log.error("Pipeline failed", { bridge, pipeline: this.model.pipeline.type.name, error });
    }
    this.#collisionsFailure = error;
  }

  /** Why Sluice must not write to the bridge; empty if it may. */
  blockers(): Condition[] {
    const { config, ovsdb, holder } = this.#options;
    const { bridge, ovsdb: ovsdbAddress } = config;
    const [connection, observer] = [this.#connection, this.#observer];
    return blockersOf({ bridge, ovsdb, holder, ovsdbAddress, connection, observer });
  }

  /** Takes changes of OVSDB's rows, of this bridge and of other bridges. */
  ovsdbChanged(changes: readonly RowChange[]): void {
    const { config: { bridge }, ovsdb: { cache } } = this.#options;
    this.#isChosen = false;
    for (const name of touchedInterfaces(cache, changes)) {
      this.model.setPort(name, portOnBridge(cache, bridge, name));
    }
    for (const [name, farEnd] of touchedFarEnds(cache, bridge, changes)) {
      this.model.wanted.setFarEnd(name, farEnd);
    }
    if (changesFlowTunnels(changes)) this.model.wanted.touchAll();
    if (changes.some(({ table }) => table === "Bridge")) {
      this.#connection.hurry();
      this.model.wanted.touchDoubtful(); // perhaps the bridge of a far end came, or a name is free now
    }
    this.wake();
  }

  /** Takes the news whether this agent has the lock of the bridge. */
  lockChanged(state: LockState): void {
    if (state === "held") this.#options.log.info("Bridge locked", { bridge: this.name });
    this.#observer.forget(); // another agent may have changed the switch
    this.wake();
  }

  #disconnected(): void {
    this.#observer.forget();
    if (this.#connection.condition?.reason === "ProtocolMissing") this.#allowProtocol();
    this.wake();
  }

  /** Adds OpenFlow 1.5, if the operator allows it: that disconnects the owner's controller for a moment. */
  #allowProtocol(): void {
    const { config: { allowProtocolChange, bridge }, ovsdb, log } = this.#options;
    if (!allowProtocolChange || ovsdb.lock !== "held") return;
    ovsdb.commit([allowOpenFlow15(bridge)]).then(
      () => log.info("Protocol allowed", { bridge, protocol: "OpenFlow15" }),
      (error: Error) => log.warning("Protocol not allowed", { bridge, error: error.message }),
    );
  }

  #hears(message: AsyncMessage): void {
    if (message.type === "port_status") this.#reconciler.portChanged(message);
    else if (this.#observer.hears(message)) this.wake();
  }
}
