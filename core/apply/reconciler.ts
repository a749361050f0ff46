/**
 * The loop that makes Open vSwitch what the model says. One round: the OVSDB transaction that adds, port_mods, one
 * atomic bundle, and last, when nothing drains, the transaction that removes. docs/architecture.md tells why.
 * @module
 */
import { Backoff, delay } from "../base/backoff.ts";
import { type Condition, condition } from "../contracts/condition.ts";
import { DEVICE_POLL_INTERVAL } from "../observe/devices.ts";
import { Flooding } from "./flooding.ts";
import { FORGET_ALL_LEARNED, forgetLearned } from "./learned_flows.ts";
import type { Log } from "../base/log.ts";
import type { Metrics } from "../report/metrics.ts";
import type { Model } from "../model/model.ts";
import type { OpenFlowClient } from "../openflow/mod.ts";
import type { OvsdbSession } from "../ovsdb/mod.ts";
import { PortConfigurer } from "./port_up.ts";
import { PortMaker } from "./port_maker.ts";
import { Reporter } from "../report/log_report.ts";
import type { FlowChange } from "../model/flows/flow_set.ts";
import { CHECK_INTERVAL } from "../observe/switch_observer.ts";

export interface ReconcilerOptions {
  readonly bridge: string;
  readonly model: Model;
  readonly ovsdb: OvsdbSession;
  /** The connection to the bridge; nothing while nothing may be written. */
  readonly ready: () => Promise<OpenFlowClient | undefined>;
  /** A round has ended, well or not. */
  readonly onRound?: () => void;
  readonly metrics: Pick<Metrics, "round" | "flowsChanged">;
  readonly log: Log;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #now: () => number;
  readonly #maker: PortMaker;
  readonly #reporter: Reporter;
  readonly ports: PortConfigurer;
  readonly #flooding: Flooding;
  #wake = Promise.withResolvers<void>();
  #pending = true;
  #busy = false;
  #failure: Condition | undefined;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#maker = new PortMaker(options);
    this.#reporter = new Reporter(options.model, options.log);
    this.ports = new PortConfigurer(options.model, options.log);
    this.#flooding = new Flooding({ ...options, now: this.#now });
  }

  /** Something changed. */
  wake(): void {
    this.#pending = true;
    this.#wake.resolve();
  }

  /** All that can be realized is. */
  get settled(): boolean {
    return !this.#pending && !this.#busy && this.#failure === undefined;
  }

  get failure(): Condition | undefined {
    return this.#failure;
  }

  async run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff();
    signal.addEventListener("abort", () => this.wake());
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers();
      const pause = await this.#attempt(backoff);
      if (!signal.aborted) await this.#sleep(pause);
    }
  }

  /** @returns How long nothing is to do, in milliseconds. */
  async #attempt(backoff: Backoff): Promise<number> {
    this.#pending = false;
    this.#busy = true;
    const since = this.#now();
    try {
      const pause = await this.#round();
      this.#failure = undefined;
      backoff.reset();
      return pause;
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.#failure?.message) {
        this.#options.log.error("Round failed", { error: message });
      }
      this.#failure = condition("RoundFailed", message);
      return backoff.next();
    } finally {
      this.#busy = false;
      this.#options.metrics.round(this.#failure ? "failed" : "ok", this.#now() - since);
      this.#options.onRound?.();
    }
  }

  async #sleep(milliseconds: number): Promise<void> {
    const alarm = new AbortController();
    await Promise.race([delay(milliseconds, alarm.signal), this.#wake.promise]);
    alarm.abort();
  }

  async #round(): Promise<number> {
    const { model, ready } = this.#options;
    const connection = await ready();
    if (!connection) return CHECK_INTERVAL;
    await this.#forgetLearned(connection);
    await this.#maker.realize();
    await this.ports.configure(connection);
    await this.#flooding.stop(connection);
    model.placePods(this.#now());
    await this.#applyFlows(connection);
    const drained = model.datapath.expire(this.#now());
    model.placePods(this.#now());
    await this.#applyFlows(connection);
    this.#reporter.report(model.pending.applied());
    await this.#flooding.release(connection);
    await this.#maker.removeLeftovers();
    return this.#nextRound(drained);
  }

  #nextRound(drained: number | undefined): number {
    const waits = [CHECK_INTERVAL, Math.max(0, this.#flooding.dueAt - this.#now())];
    if (drained !== undefined) waits.push(Math.max(0, drained - this.#now()));
    const retry = this.#maker.retryAt();
    if (retry !== undefined) waits.push(Math.max(0, retry - this.#now()));
    if (this.#maker.devicesMissing) waits.push(DEVICE_POLL_INTERVAL);
    return Math.min(...waits);
  }

  async #forgetLearned(connection: OpenFlowClient): Promise<void> {
    const { model } = this.#options;
    const gone = model.takeGoneNumbers();
    if (gone.size === 0) return;
    try {
      await forgetLearned(connection, (ofport) => gone.has(ofport));
    } catch (error) {
      model.returnGoneNumbers(gone);
      throw error;
    }
  }

  async #applyFlows(connection: OpenFlowClient): Promise<void> {
    const { model, metrics, log } = this.#options;
    const changes = model.flows.changes();
    if (changes.length === 0) return;
    const learned = model.flows.size === 0 ? [FORGET_ALL_LEARNED] : [];
    await connection.bundle([...changes.map(toBundleMessage), ...learned]);
    model.flows.applied(changes);
    const count = (command: FlowChange["command"]) => {
      const { length } = changes.filter((change) => change.command === command);
      metrics.flowsChanged(command, length);
      return length;
    };
    log.info("Flows changed", {
      added: count("add"),
      modified: count("modify"),
      deleted: count("delete"),
      total: model.flows.size,
    });
  }
}

const COMMANDS = { add: "add", modify: "modify_strict", delete: "delete_strict" } as const;

function toBundleMessage({ command, flow }: FlowChange) {
  return { type: "flow_mod", command: COMMANDS[command], flow } as const;
}
