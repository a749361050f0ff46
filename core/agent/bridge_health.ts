/** The health of a bridge's sensors: has them probed, and opens and closes redirects by the verdicts. @module */
import type { Log } from "../base/log.ts";
import type { Reconciler } from "../apply/reconciler.ts";
import { VerdictWriter } from "../apply/verdict_writer.ts";
import { type BridgeMetrics, countFlows } from "./bridge_metrics.ts";
import { HealthProbes, type Verdict } from "../health/mod.ts";
import type { ProbedSensor } from "../contracts/mod.ts";
import type { Model } from "../model/model.ts";

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

export class BridgeHealth {
  readonly #options: BridgeHealthOptions;
  readonly #probes: HealthProbes;
  readonly #writer: VerdictWriter;
  #followed = NO_SENSORS;

  constructor(options: BridgeHealthOptions) {
    this.#options = options;
    const { reconciler } = options;
    this.#probes = new HealthProbes({
      ...options,
      onVerdict: (id, verdict) => void this.#judge(id, verdict),
    });
    this.#writer = new VerdictWriter({ ...options, client: () => reconciler.writable });
  }

  /** Probes until the signal aborts. It never rejects. */
  run(signal: AbortSignal): Promise<void> {
    return this.#probes.run(signal);
  }

  /**
   * Has those sensors probed whose flows are in the switch now. To be called after each round. Without Sluice's flows, as
   * when they had to be withdrawn, a probe that comes back would be a packet for the owner's flows.
   */
  follow(): void {
    const { flows, datapath } = this.#options.model;
    const sensors = flows.inSwitch > 0 ? datapath.probedSensors() : NO_SENSORS;
    if (sensors === this.#followed) return;
    this.#followed = sensors;
    this.#probes.setSensors(sensors);
  }

  async #judge(id: string, { state, evidence }: Verdict): Promise<void> {
    const { model: { datapath, wanted, pending }, reconciler, bridge, log, metrics } =
      this.#options;
    for (const port of datapath.judgeSensor(id, { state, evidence })) {
      for (const name of wanted.claims.controls(port)) pending.add(name);
    }
    log.info("Sensor judged", { bridge, sensor: id, state, evidence });
    const counts = await this.#writer.write();
    metrics.sensorJudged(state);
    countFlows(metrics, counts);
    reconciler.wake(); // the round tells what has changed, and does what could not be done here
  }
}
