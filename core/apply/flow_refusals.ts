/**
 * Finds the TrafficControls of which the switch refuses a flow, so that the bundle can be tried without them. Each is
 * tried again after a pause.
 * @module
 */
import type { Waiter } from "../base/alarm.ts";
import type { Log } from "../base/log.ts";
import { sentence } from "../contracts/condition.ts";
import type { Model } from "../model/model.ts";
import { concerns } from "../model/flows/concerned.ts";
import { isTableFull, refusedFlow } from "../model/refusals/refused_flows.ts";
import type { Control } from "../objects/types.ts";
import type { BundleError, Flow } from "../openflow/mod.ts";

/** First and longest pause before a TrafficControl is tried again, in milliseconds. */
const RETRY = { first: 1000, longest: 60_000 } as const;

interface Failure {
  /** Milliseconds between that failure and the next attempt. */
  readonly pause: number;
  /** When it is tried again, in milliseconds; nothing while it is being tried. */
  readonly until: number | undefined;
}

export interface FlowRefusalsOptions {
  readonly model: Model;
  readonly log: Log;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

export class FlowRefusals implements Waiter {
  readonly #options: FlowRefusalsOptions;
  /** By name of the TrafficControl. */
  #failures = new Map<string, Failure>();

  constructor(options: FlowRefusalsOptions) {
    this.#options = options;
  }

  dueAt(): number {
    return Math.min(Infinity, ...[...this.#failures.values()].map(({ until = Infinity }) => until));
  }

  /** Lets those be tried whose pause is over. To be called before the flows of a round are computed. */
  retry(): void {
    const { model, now } = this.#options;
    for (const [name, { pause, until }] of this.#failures) {
      if (!model.controls.has(name)) this.#failures.delete(name);
      else if (until === undefined || until > now()) continue;
      else this.#failures.set(name, { pause, until: undefined });
      model.refuseFlows(name, undefined);
    }
  }

  /** The switch has accepted all flows: whoever was tried has succeeded. */
  accepted(): void {
    for (const [name, { until }] of this.#failures) {
      if (until === undefined) this.#failures.delete(name);
    }
  }

  /**
   * Leaves out TrafficControls that want the flow which the switch refuses.
   *
   * @param count How many to leave out: more with each attempt, so that few attempts are enough.
   * @returns Whether there was one to leave out.
   */
  refuse(error: BundleError, count: number): boolean {
    const { model, log, now } = this.#options;
    const flow = error.index === undefined ? undefined : model.flows.changes()[error.index]?.flow;
    const found = flow ? this.#candidates(flow, error).slice(0, count) : [];
    for (const { name } of found) {
      const reason = refusedFlow(error, flow!);
      const pause = Math.min(
        (this.#failures.get(name)?.pause ?? RETRY.first / 2) * 2,
        RETRY.longest,
      );
      this.#failures.set(name, { pause, until: now() + pause });
      model.refuseFlows(name, reason);
      log.warning("Flows refused", { name, reason: sentence(reason) });
    }
    return found.length > 0;
  }

  /**
   * TrafficControls that may be left out, the youngest first. What works stays, as long as there is one that has just
   * changed. If a table is full, the one whose flow is refused need not be the one that wants too much; otherwise the
   * flow itself is wrong, so that it is looked for among those that want it.
   */
  #candidates(flow: Flow, error: BundleError): Control[] {
    const { model: { controls, selection, datapath, flows, pending, refusedFlows } } =
      this.#options;
    const parts = flows.partsWith(flow);
    if (parts.length === 0) return [];
    const [ofChange, ofFlow] = isTableFull(error) ? [2, 1] : [1, 2];
    const rank = (control: Control) => {
      const { name } = control;
      const wantsFlow = parts.some(concerns(datapath, control, selection.podsOf(name)));
      return (pending.has(name) ? ofChange : 0) + (wantsFlow ? ofFlow : 0);
    };
    const ranked = [...controls.values()]
      .filter(({ name }) => !refusedFlows.has(name) && selection.podsOf(name).size > 0)
      .map((control) => ({ control, rank: rank(control) }));
    const highest = Math.max(1, ...ranked.map(({ rank }) => rank));
    return ranked.filter(({ rank }) => rank === highest).map(({ control }) => control)
      .sort((a, b) => a.age < b.age ? 1 : -1);
  }
}
