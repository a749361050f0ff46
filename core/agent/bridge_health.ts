/**
 * The health of a bridge's sensors: has them probed, and opens and closes redirects by the verdicts. Of those that are not
 * probed it has the counters watched, and of TrafficControls whether they see packets.
 * @module
 */
import type { Log } from "../base/log.ts";
import type { Reconciler } from "../apply/reconciler.ts";
import { VerdictWriter } from "../apply/verdict_writer.ts";
import { type BridgeMetrics, countFlows } from "./bridge_metrics.ts";
import { HealthProbes, SilenceWatch, TrafficWatch, type Verdict } from "../health/mod.ts";
import type { ProbedSensor, SensorPair } from "../contracts/mod.ts";
import type { Model } from "../model/model.ts";
import type { OpenFlowClient } from "../openflow/mod.ts";
import {
  type ControlCounts,
  countsInTime,
  packetsSeen,
  type PodCounts,
  podCountsInTime,
} from "../report/counters.ts";
import { timeText, watchedControls } from "../report/no_traffic.ts";
import { OpenTimes, type SensorTimes, TransitionCounts } from "../report/sensor_times.ts";

export interface BridgeHealthOptions {
  /** `unix:PATH` or `tcp:HOST:PORT`. */
  readonly address: string;
  readonly bridge: string;
  readonly model: Model;
  /** Milliseconds without a packet after which that is told of a TrafficControl; 0: never. */
  readonly noTrafficAfter: number;
  readonly reconciler: Pick<Reconciler, "writable" | "wake">;
  readonly metrics: BridgeMetrics;
  readonly log: Log;
}

const NO_SENSORS: readonly ProbedSensor[] = [];
const NO_PAIRS: readonly SensorPair[] = [];

export class BridgeHealth {
  readonly #options: BridgeHealthOptions;
  readonly #probes: HealthProbes;
  readonly #writer: VerdictWriter;
  readonly #silences: SilenceWatch;
  readonly #traffic: TrafficWatch;
  readonly #openTimes = new OpenTimes();
  readonly #transitions = new TransitionCounts();
  #followed = NO_SENSORS;
  #watched = NO_PAIRS;

  constructor(options: BridgeHealthOptions) {
    this.#options = options;
    const { reconciler } = options;
    this.#probes = new HealthProbes({
      ...options,
      onVerdict: (id, verdict) => void this.#judge(id, verdict),
    });
    const client = () => reconciler.writable;
    this.#writer = new VerdictWriter({ ...options, client });
    this.#silences = new SilenceWatch({
      client,
      onChange: (id, evidence) => this.#changeSilence(id, evidence),
    });
    const { model } = options;
    this.#traffic = new TrafficWatch({
      time: options.noTrafficAfter,
      names: () => model.flows.inSwitch > 0 ? watchedControls(model) : [],
      read: async () => packetsSeen(await countsInTime(model, client())),
      onChange: (quiet) => this.#changeQuiet(quiet),
    });
  }

  /** Probes and watches until the signal aborts. It never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const all = [this.#probes, this.#silences, this.#traffic];
    await Promise.all(all.map((each) => each.run(signal)));
  }

  /** What was done for TrafficControls until now, as far as the switch answers soon. */
  async counts(client: OpenFlowClient | undefined): Promise<ReadonlyMap<string, ControlCounts>> {
    const counts = await countsInTime(this.#options.model, client);
    this.#traffic.take(packetsSeen(counts));
    return counts;
  }

  /** What was done to the packets of single Pods until now, as far as the switch answers soon. */
  podCounts(client: OpenFlowClient | undefined): Promise<PodCounts> {
    return podCountsInTime(this.#options.model, client);
  }

  /**
   * Has those sensors probed or watched whose flows are in the switch now. To be called after each round. Without
   * Sluice's flows, e.g. as they had to be withdrawn, a probe that comes back would be a packet for the owner's flows.
   */
  follow(): void {
    const { flows, datapath: { sensorsInUse } } = this.#options.model;
    const isWritten = flows.inSwitch > 0;
    const sensors = isWritten ? sensorsInUse.probed() : NO_SENSORS;
    if (sensors !== this.#followed) {
      this.#probes.setSensors(sensors);
      const reports = sensorsInUse.reports();
      this.#openTimes.update(reports, performance.now()); // each verdict makes another list
      this.#transitions.keepOnly(reports);
    }
    this.#followed = sensors;
    const pairs = isWritten ? sensorsInUse.unprobed() : NO_PAIRS;
    if (pairs !== this.#watched) this.#silences.setPairs(pairs);
    this.#watched = pairs;
    this.#traffic.wake();
  }

  /** What is measured of the probed sensors, by their IDs. It is read when somebody asks, and wakes nobody. */
  times(): ReadonlyMap<string, SensorTimes> {
    const now = performance.now();
    return new Map(
      this.#probes.reports().map(({ id, roundTrip }) => {
        const transitions = this.#transitions.of(id);
        return [id, {
          passedBy: this.#openTimes.of(id, now),
          ...(roundTrip !== undefined && { roundTrip }),
          ...(transitions && { transitions }),
        }];
      }),
    );
  }

  #changeSilence(id: string, evidence: string | undefined): void {
    const { model: { datapath }, reconciler, bridge, log } = this.#options;
    datapath.sensors.setSilence(id, evidence);
    if (evidence === undefined) log.info("Sensor not silent any more", { bridge, sensor: id });
    else log.warning("Sensor silent", { bridge, sensor: id, evidence });
    reconciler.wake(); // no flow changes, but the round tells what has changed
  }

  #changeQuiet(quiet: ReadonlySet<string>): void {
    const { model: { datapath }, reconciler, bridge, log, noTrafficAfter } = this.#options;
    const time = timeText(noTrafficAfter);
    const [before, names] = [new Set(datapath.quiet.keys()), [...quiet]];
    datapath.quiet = new Map(names.map((name) => [name, time]));
    const begun = names.filter((name) => !before.has(name));
    const ended = [...before].filter((name) => !quiet.has(name));
    if (begun.length > 0) log.warning("No traffic", { bridge, controls: begun, for: time });
    if (ended.length > 0) log.info("No longer without traffic", { bridge, controls: ended });
    reconciler.wake(); // no flow changes, but the round tells what has changed
  }

  async #judge(id: string, { state, evidence }: Verdict): Promise<void> {
    const { model: { datapath, wanted, pending }, reconciler, bridge, log, metrics } =
      this.#options;
    for (const port of datapath.judgeSensor(id, { state, evidence })) {
      for (const name of wanted.claims.controls(port)) pending.add(name);
    }
    const level = state === "down" || state === "overloaded" ? "warning" : "info";
    log[level]("Sensor judged", { bridge, sensor: id, state, evidence });
    const counts = await this.#writer.write();
    metrics.sensorJudged(state);
    this.#transitions.count(id, state);
    countFlows(metrics, counts);
    reconciler.wake(); // the round tells what has changed, and does what could not be done here
  }
}
