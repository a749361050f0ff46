/**
 * The health of a bridge's sensors: has them probed, and opens and closes redirects by the verdicts. Of those that are not
 * probed it has the counters watched.
 * @module
 */
import type { Log } from "../base/log.ts";
import type { Reconciler } from "../apply/reconciler.ts";
import { VerdictWriter } from "../apply/verdict_writer.ts";
import { type BridgeMetrics, countFlows } from "./bridge_metrics.ts";
import { HealthProbes, SilenceWatch, type Verdict } from "../health/mod.ts";
import type { ProbedSensor, SensorPair } from "../contracts/mod.ts";
import type { Model } from "../model/model.ts";
import { OpenTimes, type SensorTimes } from "../report/sensor_times.ts";

export interface BridgeHealthOptions {
  /** `unix:PATH` or `tcp:HOST:PORT`. */
  readonly address: string;
  readonly bridge: string;
  readonly model: Model;
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
  readonly #openTimes = new OpenTimes();
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
  }

  /** Probes and watches until the signal aborts. It never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#probes.run(signal), this.#silences.run(signal)]);
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
      this.#openTimes.update(sensorsInUse.reports(), performance.now()); // each verdict makes another list
    }
    this.#followed = sensors;
    const pairs = isWritten ? sensorsInUse.unprobed() : NO_PAIRS;
    if (pairs !== this.#watched) this.#silences.setPairs(pairs);
    this.#watched = pairs;
  }

  /** What is measured of the probed sensors, by their IDs. It is read when somebody asks, and wakes nobody. */
  times(): ReadonlyMap<string, SensorTimes> {
    const now = performance.now();
    return new Map(
      this.#probes.reports().map(({ id, roundTrip }) => [id, {
        passedBy: this.#openTimes.of(id, now),
        ...(roundTrip !== undefined && { roundTrip }),
      }]),
    );
  }

  #changeSilence(id: string, evidence: string | undefined): void {
    const { model: { datapath }, reconciler, bridge, log } = this.#options;
    datapath.sensors.setSilence(id, evidence);
    if (evidence === undefined) log.info("Sensor not silent any more", { bridge, sensor: id });
    else log.warning("Sensor silent", { bridge, sensor: id, evidence });
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
    countFlows(metrics, counts);
    reconciler.wake(); // the round tells what has changed, and does what could not be done here
  }
}
