/**
 * The loop that makes Open vSwitch what the model wants. One round reads the switch, adds ports in one OVSDB
 * transaction, changes ports by port_mods, writes flows in one atomic bundle, and removes ports when nothing drains.
 * docs/architecture.md gives the reasons. The reconciler calls no other part of the agent back: the caller iterates
 * over `rounds` and gets each round.
 * @module
 */
import { earliest, type Waiter } from "../base/alarm.ts";
import { Backoff } from "../base/backoff.ts";
import type { Log } from "../base/log.ts";
import { delay } from "../base/timer.ts";
import { type Condition, condition, sentence } from "../contracts/condition.ts";
import type { Model } from "../model/model.ts";
import { CHECK_INTERVAL, type Sight, type SwitchObserver } from "../observe/switch_observer.ts";
import { BundleError, type OpenFlowClient } from "../openflow/mod.ts";
import type { OvsdbSession } from "../ovsdb/mod.ts";
import { type FlowCounts, NO_FLOWS, writeFlows } from "./flow_writer.ts";
import { FlowRefusals } from "./flow_refusals.ts";
import { Flooding } from "./flooding.ts";
import { forgetLearned, forgetVanished } from "./learned_flows.ts";
import { PortMaker } from "./port_maker.ts";
import { PortUp } from "./port_up.ts";
import { withdrawFlows } from "./withdraw.ts";

export interface ReconcilerOptions {
  readonly bridge: string;
  readonly model: Model;
  readonly ovsdb: OvsdbSession;
  readonly observer: SwitchObserver;
  /** Whether a round may change anything: every source has given all its objects, and OVSDB answers. */
  readonly complete: () => boolean;
  /** Called before each round looks at the switch: what changes here is the same until the end of the round. */
  readonly prepare: () => void;
  /** Why Sluice must not write to the bridge; empty if it may. */
  readonly blockers: () => readonly Condition[];
  readonly log: Log;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

/** What one round did. */
export interface Round {
  /** Why the round failed, if it did. Then the next round tries it again. */
  readonly failure: Condition | undefined;
  /** Milliseconds. */
  readonly duration: number;
  /** Names of the TrafficControls whose changes the switch has since this round. */
  readonly applied: ReadonlySet<string>;
  /** The flows that were written, one entry for each bundle. */
  readonly flows: readonly FlowCounts[];
}

type Progress = { applied: ReadonlySet<string>; readonly flows: FlowCounts[] };

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #now: () => number;
  readonly #maker: PortMaker;
  readonly #portUp: PortUp;
  readonly #flooding: Flooding;
  readonly #refusals: FlowRefusals;
  readonly #waiters: readonly Waiter[];
  /** The connection on which learned flows of vanished ports were deleted. That is done once for each connection. */
  #swept: OpenFlowClient | undefined;
  #wake = Promise.withResolvers<void>();
  #pending = true;
  #busy = false;
  #failure: Condition | undefined;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#maker = new PortMaker({ ...options, now: this.#now });
    this.#portUp = new PortUp(options.model, options.log);
    this.#flooding = new Flooding({ ...options, now: this.#now });
    const { observer, model } = options;
    this.#refusals = new FlowRefusals({ ...options, now: this.#now });
    this.#waiters = [observer, this.#flooding, this.#maker, this.#refusals, model.datapath];
  }

  /** Says that something has changed: the next round begins at once. */
  wake(): void {
    this.#pending = true;
    this.#wake.resolve();
  }

  /** Says that the switch has reported a change of a port. @param number Its OpenFlow port number. */
  portChanged(number: number): void {
    this.#portUp.forget(number);
    this.wake();
  }

  /** Whether the last round has ended well, and nothing has changed since. */
  get settled(): boolean {
    const { rests } = this.#options.model.datapath;
    return !this.#pending && !this.#busy && !rests && this.#failure === undefined;
  }

  /** Why the last round failed, if it did. */
  get failure(): Condition | undefined {
    return this.#failure;
  }

  /** Does one round after the other until the signal aborts. It never rejects. */
  async *rounds(signal: AbortSignal): AsyncGenerator<Round> {
    const backoff = new Backoff();
    signal.addEventListener("abort", () => this.wake());
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers();
      const { pause, ...round } = await this.#attempt(backoff);
      yield round;
      if (!signal.aborted) await this.#sleep(pause);
    }
  }

  async #attempt(backoff: Backoff): Promise<Round & { readonly pause: number }> {
    this.#pending = false;
    this.#busy = true;
    const since = this.#now();
    const progress: Progress = { applied: new Set(), flows: [] };
    let pause = CHECK_INTERVAL;
    try {
      const done = await this.#round(progress);
      if (done) pause = Math.max(0, earliest(this.#waiters) - this.#now());
      this.#failure = undefined;
      backoff.reset();
    } catch (error) {
      this.#failed(error as Error);
      pause = backoff.next();
    } finally {
      this.#busy = false;
    }
    return { ...progress, failure: this.#failure, duration: this.#now() - since, pause };
  }

  #failed({ message }: Error): void {
    if (message !== this.#failure?.message) {
      this.#options.log.error("Round failed", { error: message });
    }
    this.#failure = condition("RoundFailed", message);
  }

  async #sleep(milliseconds: number): Promise<void> {
    const alarm = new AbortController();
    await Promise.race([delay(milliseconds, alarm.signal), this.#wake.promise]);
    alarm.abort();
  }

  /** @returns Whether the round came to its end. It stops early while objects are missing, or Sluice must not write. */
  async #round(progress: Progress): Promise<boolean> {
    const { model, observer, complete, prepare, blockers } = this.#options;
    if (!complete()) return false;
    prepare();
    const sight = await observer.look();
    if (!sight) return false;
    await this.#takeIn(sight);
    if (blockers().length > 0) return false;
    const { client } = sight;
    await this.#forgetLearned(client);
    await this.#maker.realize();
    await this.#portUp.bringUp(client);
    await this.#flooding.stop(client);
    this.#refusals.retry();
    await this.#updateFlows(client, progress);
    model.datapath.expire(this.#now());
    await this.#updateFlows(client, progress);
    progress.applied = model.pending.applied();
    await this.#flooding.release(client);
    await this.#maker.removeLeftovers();
    return true;
  }

  async #updateFlows(client: OpenFlowClient, progress: Progress): Promise<void> {
    const { model } = this.#options;
    model.updateFlows(this.#now());
    const written = await this.#writeFlows(client);
    if (written !== NO_FLOWS) progress.flows.push(written);
  }

  /** If the switch refuses a flow, writes the others: each attempt is made without some more TrafficControls. */
  async #writeFlows(client: OpenFlowClient): Promise<FlowCounts> {
    for (let count = 1;; count *= 2) {
      try {
        const written = await writeFlows(client, this.#options);
        this.#refusals.accepted();
        return written;
      } catch (error) {
        const isRefusal = error instanceof BundleError;
        if (!isRefusal || !this.#refusals.refuse(error, count)) throw error;
        this.#options.model.updateFlows(this.#now());
      }
    }
  }

  /** Does what must follow a read of the switch at once. */
  async #takeIn({ client, seen }: Sight): Promise<void> {
    if (!seen) return;
    const { observer, model: { pipeline } } = this.#options;
    try {
      if (client !== this.#swept) await forgetVanished(client, pipeline.learnedPort, seen.ports);
      this.#swept = client;
      this.#portUp.observe(seen.ports);
      if (observer.unusable && seen.flows > 0) await this.#withdraw(client, observer.unusable);
    } catch (error) {
      observer.forget(); // so that the next round reads the switch and comes here again
      throw error;
    }
  }

  /** Deletes all of Sluice's flows. Together with foreign flows in the same place they would lose or divert packets. */
  async #withdraw(client: OpenFlowClient, why: Condition): Promise<void> {
    await withdrawFlows(client);
    this.#options.model.flows.observe([]);
    this.#options.log.warning("Flows withdrawn", { reason: why.reason, message: sentence(why) });
  }

  /** Deletes learned flows of ports whose numbers are free since the last round. */
  async #forgetLearned(client: OpenFlowClient): Promise<void> {
    const { staleNumbers, pipeline } = this.#options.model;
    const gone = staleNumbers.take();
    if (gone.size === 0) return;
    try {
      await forgetLearned(client, pipeline.learnedPort, (ofport) => gone.has(ofport));
    } catch (error) {
      staleNumbers.giveBack(gone);
      throw error;
    }
  }
}
