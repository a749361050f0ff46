/**
 * Health probes of one bridge, over a connection of their own: on that of the flows they would wait behind large bundles.
 * The bridge is connected to only while there is a sensor to probe.
 * @module
 */
import { Backoff } from "../base/backoff.ts";
import { Bell } from "../base/bell.ts";
import { LIMITS } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import { CONTROLLER_ID } from "../base/marks.ts";
import { delay } from "../base/timer.ts";
import { OpenFlowClient } from "../openflow/mod.ts";
import type { ProbedSensor } from "../contracts/mod.ts";
import { Prober, type ProberOptions, type SensorReport } from "./prober.ts";

export interface HealthProbesOptions extends ProberOptions {
  /** `unix:PATH` or `tcp:HOST:PORT`. */
  readonly address: string;
  readonly bridge: string;
  readonly log: Log;
}

export class HealthProbes {
  readonly #options: HealthProbesOptions;
  readonly #prober: Prober;
  readonly #news = new Bell();
  #client: OpenFlowClient | undefined;
  #isNeeded = false;

  constructor(options: HealthProbesOptions) {
    this.#options = options;
    this.#prober = new Prober(options);
  }

  /** Says which sensors there are. It may be called at any time, also before and after `run`. */
  setSensors(sensors: readonly ProbedSensor[]): void {
    this.#prober.setSensors(sensors);
    this.#isNeeded = sensors.length > 0;
    if (this.#isNeeded) this.#news.ring();
    else this.#client?.close();
  }

  /** What is known of each sensor. */
  reports(): SensorReport[] {
    return this.#prober.reports();
  }

  /** Probes until the signal aborts. It never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    using _prober = this.#prober;
    const backoff = new Backoff();
    while (!signal.aborted) {
      if (!this.#isNeeded) {
        await this.#news.heard(signal);
        continue;
      }
      const since = performance.now();
      await this.#connected(signal);
      if (performance.now() - since >= LIMITS.switchSteady) backoff.reset();
      if (this.#isNeeded) await delay(backoff.next(), signal);
    }
  }

  /** Connects, and waits until that connection ends. */
  async #connected(signal: AbortSignal): Promise<void> {
    const { address, bridge, log } = this.#options;
    const prober = this.#prober;
    try {
      await using client = await OpenFlowClient.connect(address, {
        signal,
        controllerId: CONTROLLER_ID,
        subscribe: ["packet_in", "port_status"],
        onMessage: (message) => prober.take(message),
      });
      if (!this.#isNeeded) return;
      this.#client = client;
      prober.connected(client);
      const reason = await client.closed;
      if (reason) log.warning("Health probes interrupted", { bridge, error: reason.message });
    } catch (error) {
      // The connection of the flows has the same trouble, and its loss is a condition.
      log.debug("Health probes not connected", { bridge, error: (error as Error).message });
    } finally {
      this.#client = undefined;
      prober.disconnected();
    }
  }
}
