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
import { after, turn } from "../base/timer.ts";
import { type Condition, condition, sentence } from "../contracts/condition.ts";
import type { Model } from "../model/model.ts";
import { CHECK_INTERVAL, type Sight, type SwitchObserver } from "../observe/switch_observer.ts";
import { BundleError, type OpenFlowClient, type PortStatus } from "../openflow/mod.ts";
import type { OvsdbSession } from "../ovsdb/mod.ts";
import { type FlowCounts, NO_FLOWS, writeFlows } from "./flow_writer.ts";
import { FlowRefusals } from "./flow_refusals.ts";
import { Flooding } from "./flooding.ts";
import { forgetFreed, forgetVanished } from "./learned_flows.ts";
import { noteAgent, savePlaces } from "./bridge_notes.ts";
import { PortMaker } from "./port_maker.ts";
import { PortUp } from "./port_up.ts";
import { type Overdue, type RoundEnd, RoundWatch } from "./round_watch.ts";
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
  /** Whether this agent has the lock of the bridge. Without it nothing is written: another agent may be at work. */
  readonly isHolder: () => boolean;
  /** What the bridge's row has to say of this agent, as `formatHolder` writes it; if absent, nothing. */
  readonly holder: string | undefined;
  readonly log: Log;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

/** What one round did. */
export interface Round {
  /** Why the round failed, if it did. Then the next round tries it again. */
  readonly failure: Condition | undefined;
  /** The connection over which the round has read the switch, and written to it if there was something to write. */
  readonly client: OpenFlowClient | undefined;
  /** Milliseconds. */
  readonly duration: number;
  /** Names of the TrafficControls whose changes the switch has since this round. */
  readonly applied: ReadonlySet<string>;
  /** The flows that were written, one entry for each bundle. */
  readonly flows: readonly FlowCounts[];
}

type Progress = {
  applied: ReadonlySet<string>;
  readonly flows: FlowCounts[];
  client: OpenFlowClient | undefined;
};

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
  /** A round is under way that has something to do. One that only looks at the switch does not count. */
  #busy = false;
  readonly #watch: RoundWatch;
  /** The connection over which the last round that ended well has written. */
  #proved: OpenFlowClient | undefined;
  #failure: Condition | undefined;
  #lastEnd: RoundEnd = "waiting";

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#watch = new RoundWatch(this.#now);
    this.#maker = new PortMaker({ ...options, now: this.#now });
    this.#portUp = new PortUp({ ...options, wake: () => this.wake() });
    this.#flooding = new Flooding({ ...options, now: this.#now, wake: () => this.wake() });
    const { observer, model } = options;
    this.#refusals = new FlowRefusals({ ...options, now: this.#now });
    const { datapath, admission } = model;
    this.#waiters = [observer, this.#flooding, this.#maker, this.#refusals, datapath, admission];
  }

  /** Says that something has changed: the next round begins at once. */
  wake(): void {
    this.#pending = true;
    this.#wake.resolve();
  }

  /** Says that the switch has reported a change of a port. */
  portChanged(status: PortStatus): void {
    this.#portUp.hears(status);
    this.wake();
  }

  /** The connection over which flows may be written beside rounds: as long as the last one could write, too. */
  get writable(): OpenFlowClient | undefined {
    const { isHolder, blockers } = this.#options;
    const may = this.#lastEnd === "done" && isHolder() && blockers().length === 0;
    return may ? this.#proved : undefined;
  }

  /** Whether the last round has come to its end, nothing has changed since, and nothing is being written. */
  get settled(): boolean {
    const { rests } = this.#options.model.datapath;
    const isWriting = this.#busy || this.#maker.removal.isUnderWay || rests;
    return this.#lastEnd === "done" && !this.leftover && !this.#pending && !isWriting;
  }

  /** What takes longer than it may; nothing if all is well. */
  get overdue(): Overdue | undefined {
    return this.#watch.overdue();
  }

  /** Why the last round failed, if it did. */
  get failure(): Condition | undefined {
    return this.#failure;
  }

  /** Why ports are still there that nothing needs any more. It hinders no TrafficControl. */
  get leftover(): Condition | undefined {
    return this.#maker.removal.failure;
  }

  /** Does one round after the other until the signal aborts. It never rejects. */
  async *rounds(signal: AbortSignal): AsyncGenerator<Round> {
    await using _ = this.#flooding;
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
    this.#busy = this.#pending;
    this.#pending = false;
    const since = this.#now();
    const progress: Progress = { applied: new Set(), flows: [], client: undefined };
    let pause = CHECK_INTERVAL;
    let end: RoundEnd = "failed";
    try {
      end = await this.#round(progress);
      if (end === "done") pause = Math.max(0, earliest(this.#waiters) - this.#now());
      // A round that has not come to the switch does not show that what failed works now.
      if (end !== "failed") this.#failure = undefined;
      if (end === "done") void this.#maker.removal.end.then(() => this.wake()); // there may be more to remove
      backoff.reset();
    } catch (error) {
      this.#failed(error as Error);
      pause = backoff.next();
    } finally {
      this.#busy = false;
      this.#lastEnd = end;
      this.#watch.end(end);
    }
    return { ...progress, failure: this.#failure, duration: this.#now() - since, pause };
  }

  #failed({ message }: Error): void {
    const { bridge, log } = this.#options;
    if (message !== this.#failure?.message) log.error("Round failed", { bridge, error: message });
    this.#failure = condition("RoundFailed", message);
  }

  async #sleep(milliseconds: number): Promise<void> {
    using _alarm = after(milliseconds, this.#wake.resolve);
    await this.#wake.promise;
    await turn(); // of objects that come together, the first one wakes: the round has all of them in one bundle
  }

  /** It stops early while objects are missing, or Sluice must not write. */
  async #round(progress: Progress): Promise<RoundEnd> {
    const { observer, complete, prepare, blockers, isHolder } = this.#options;
    if (!complete()) return this.#hindered();
    prepare();
    this.#options.model.turn();
    this.#portUp.begin();
    this.#watch.step("read the switch");
    const sight = await observer.look();
    if (!sight) return this.#hindered();
    const { client } = sight;
    if (!isHolder()) return this.#hindered();
    await this.#takeIn(sight);
    if (blockers().length > 0) return this.#hindered();
    for (const [name, step] of this.#steps(client, progress)) {
      if (!isHolder()) return this.#hindered();
      this.#watch.step(name);
      await step();
    }
    progress.client = client;
    this.#proved = client;
    return "done";
  }

  /** What a round does in this order, and how it is called if it hangs. */
  #steps(
    client: OpenFlowClient,
    progress: Progress,
  ): readonly (readonly [string, () => Promise<void> | void])[] {
    const { datapath, pending } = this.#options.model;
    return [
      ["say which agent works on the bridge", () => noteAgent(this.#options)],
      ["delete learned flows", () => forgetFreed(client, this.#options.model)],
      ["add and change ports", () => this.#maker.realize()],
      ["set ports up", () => this.#portUp.bringUp(client)],
      ["take ports out of flooding", () => this.#flooding.stop(client)],
      ["write flows", async () => {
        this.#refusals.retry();
        await this.#updateFlows(client, progress);
      }],
      ["write flows without pairs that have drained", async () => {
        datapath.expire(this.#now());
        await this.#updateFlows(client, progress);
        progress.applied = pending.applied();
      }],
      ["note the places of ports", () => savePlaces(this.#options)],
      ["give ports back to flooding", () => this.#flooding.release(client)],
      ["remove ports", () => this.#maker.removeLeftovers()],
    ];
  }

  /** What a round comes to that stops early. Without a blocker, the connection has just ended or is being made. */
  #hindered(): RoundEnd {
    const { blockers, complete } = this.#options;
    const why = blockers();
    if (why.length === 0) return complete() ? "failed" : "waiting";
    return why.some(({ reason }) => reason === "Disconnected") ? "failed" : "waiting";
  }

  async #updateFlows(client: OpenFlowClient, progress: Progress): Promise<void> {
    const { model } = this.#options;
    model.updateFlows(this.#now());
    const written = await this.#writeFlows(client);
    if (written !== NO_FLOWS) progress.flows.push(written);
  }

  async #writeChanges(client: OpenFlowClient): Promise<FlowCounts> {
    const changes = this.#options.model.flows.changes();
    if (changes.length === 0 && this.#options.model.datapath.meters.settled) return NO_FLOWS;
    this.#busy = true;
    return await writeFlows(client, changes, { ...this.#options, watch: this.#watch });
  }

  /** If the switch refuses a flow, writes the others: each attempt is made without some more TrafficControls. */
  async #writeFlows(client: OpenFlowClient): Promise<FlowCounts> {
    for (let count = 1;; count *= 2) {
      try {
        const written = await this.#writeChanges(client);
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
}
