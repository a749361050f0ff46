/**
 * A bridge with a connection to OVSDB of its own, which has the bridge's lock. So each of several bridges fails and
 * recovers by itself, and another agent can have one of them.
 * @module
 */
import { formatHolder, type Holder, lockName } from "../base/marks.ts";
import type { CaptureBridge } from "../capture/tap.ts";
import { type Condition, sentence } from "../contracts/condition.ts";
import { DATABASE, OvsdbSession, type RowChange } from "../ovsdb/mod.ts";
import { countsOf } from "../report/gauges.ts";
import { livePortCounts } from "../report/live_port_counts.ts";
import type { Observed } from "../report/metrics.ts";
import type { ControlInputs, StateInputs } from "../report/state.ts";
import { Bridge, type BridgeOptions } from "./bridge.ts";
import { openflowAddress } from "./config.ts";
import type { Remembered } from "./memory_file.ts";

export interface ServedBridgeOptions extends Omit<BridgeOptions, "ovsdb" | "memory" | "holder"> {
  /** The file of the bridge's last good state; absent if none is kept. */
  readonly remembered: Remembered | undefined;
  readonly holder: Holder | undefined;
  /** Is called each time that OVSDB has said which database it is. */
  readonly onDatabase: (bridge: ServedBridge) => void;
  readonly metrics: BridgeOptions["metrics"] & { connected(peer: "ovsdb" | "openflow"): void };
}

export class ServedBridge {
  readonly #options: ServedBridgeOptions;
  readonly ovsdb: OvsdbSession;
  readonly bridge: Bridge;
  /** Whether OVSDB has answered, or has not for so long that the first attempt has failed. */
  isTried = false;

  constructor(options: ServedBridgeOptions) {
    const { config, remembered, holder, ...more } = options;
    this.#options = options;
    this.ovsdb = new OvsdbSession({
      address: config.ovsdb,
      onChange: (changes) => this.#changed(changes),
      onState: (state, reason) => this.#connected(state, reason),
      lock: { id: lockName(config.bridge) },
      onLock: (state) => {
        remembered?.permit(state === "held");
        this.bridge.lockChanged(state);
      },
    });
    this.bridge = new Bridge({
      ...more,
      config,
      memory: remembered?.part("places"),
      ovsdb: this.ovsdb,
      holder: holder && formatHolder(holder),
    });
  }

  get name(): string {
    return this.bridge.name;
  }

  /** Keeps the connection to OVSDB until the signal aborts, and the last good state is written: that needs the lock. */
  async runOvsdb(signal: AbortSignal): Promise<void> {
    const { remembered } = this.#options;
    if (!remembered || signal.aborted) return await this.ovsdb.run(signal);
    const written = new AbortController();
    const write = () => void remembered[Symbol.asyncDispose]().then(() => written.abort());
    signal.addEventListener("abort", write, { once: true });
    await this.ovsdb.run(written.signal);
  }

  /** Whether another agent works on the bridge. */
  get isInOtherHands(): boolean {
    return this.bridge.blockers().some(({ reason }) => reason === "AnotherAgent");
  }

  /** Whether the bridge is to have a port of that name, and nothing hinders that it is made. */
  claims(port: string): boolean {
    return this.bridge.model.wanted.isWanted(port) && this.bridge.blockers().length === 0;
  }

  /** What sessions of `sluice capture` need of the bridge. */
  forCaptures(): CaptureBridge {
    const { name, bridge } = this;
    return {
      name,
      address: openflowAddress(this.#options.config),
      model: bridge.model,
      blocker: () => bridge.blockers().map(sentence)[0],
      wake: () => bridge.wake(),
      isWritten: () => bridge.isWritten,
    };
  }

  /** What is counted and measured on the bridge. It asks the switch. */
  async counted(): Promise<Pick<StateInputs, "counts" | "podCounts">> {
    const { health, client } = this.bridge;
    const [counts, podCounts] = await Promise.all([
      health.counts(client),
      health.podCounts(client),
    ]);
    return { counts, podCounts };
  }

  /** The same, and what the bridge's ports have counted, by their OpenFlow numbers. */
  async allCounted() {
    const portCounts = livePortCounts(this.bridge.client);
    return { ...await this.counted(), portCounts: await portCounts };
  }

  /** The same, with what it is counted by. */
  async countersOfModel() {
    return { bridge: this.name, model: this.bridge.model, ...await this.allCounted() };
  }

  /** What metrics are made from. @param about The agent. */
  observed(
    inputs: Parameters<typeof countsOf>[0],
    about: Pick<Observed, "ready" | "sourceComplete" | "issues">,
  ): Observed {
    const isOnly = this.#options.bridges.length === 1;
    return {
      ...about,
      ...(isOnly ? {} : { bridge: this.name }),
      ...countsOf(inputs),
      connected: { ovsdb: this.ovsdb.connected, openflow: this.bridge.client !== undefined },
    };
  }

  /** What reports are made from, as far as it belongs to the bridge. */
  inputs(): Omit<ControlInputs, "invalid" | "counts" | "podCounts"> & {
    readonly bridge: string;
    readonly blockers: readonly Condition[];
    readonly sensorTimes: StateInputs["sensorTimes"];
  } {
    const { model, failure, health } = this.bridge;
    const blockers = this.bridge.blockers();
    return { bridge: this.name, model, blockers, failure, sensorTimes: health.times() };
  }

  #changed(changes: readonly RowChange[]): void {
    if (changes.some(({ table }) => table === DATABASE)) this.#options.onDatabase(this);
    this.bridge.ovsdbChanged(changes);
  }

  #connected(state: "connected" | "disconnected", reason?: Error): void {
    const { log, config, metrics, onDatabase } = this.#options;
    this.isTried = true;
    if (state === "connected") {
      onDatabase(this);
      metrics.connected("ovsdb");
      log.info("OVSDB connected", { address: config.ovsdb });
    } else log.warning("OVSDB not connected", { address: config.ovsdb, error: reason?.message });
    this.bridge.wake();
  }
}
