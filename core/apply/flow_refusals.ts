/**
 * Finds the TrafficControls of which the switch refuses a flow, so that the bundle can be tried without them. If it is
 * the flow of a Pod that none of them needs, the Pod's flows are left out. Each is tried again after a pause.
 * @module
 */
import type { Waiter } from "../base/alarm.ts";
import { Backoff } from "../base/backoff.ts";
import type { Log } from "../base/log.ts";
import { type Condition, sentence } from "../contracts/condition.ts";
import type { Model } from "../model/model.ts";
import { concerns } from "../model/flows/concerned.ts";
import { isPodPart } from "../model/flows/parts_in_use.ts";
import { isTableFull, refusedFlow } from "../model/refusals/refused_flows.ts";
import type { Control } from "../objects/types.ts";
import type { BundleError, Flow } from "../openflow/mod.ts";
import { RETRY } from "./pauses.ts";

interface Failure {
  readonly leftOut: LeftOut;
  readonly backoff: Backoff;
  /** When it is tried again, in milliseconds; nothing while it is being tried. */
  readonly until: number | undefined;
}

/** A TrafficControl, or the part of the flows of a Pod's port, that may be left out. */
interface LeftOut {
  readonly key: string;
  /** What the log names. */
  readonly named: Readonly<Record<string, string>>;
  isThere(): boolean;
  /** @param reason Nothing if its flows are to be tried again. */
  refuse(reason: Condition | undefined): void;
}

export interface FlowRefusalsOptions {
  readonly model: Model;
  readonly log: Log;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

export class FlowRefusals implements Waiter {
  readonly #options: FlowRefusalsOptions;
  /** By the key of what is left out. */
  #failures = new Map<string, Failure>();

  constructor(options: FlowRefusalsOptions) {
    this.#options = options;
  }

  dueAt(): number {
    return Math.min(Infinity, ...[...this.#failures.values()].map(({ until = Infinity }) => until));
  }

  /** Lets those be tried whose pause is over. To be called before the flows of a round are computed. */
  retry(): void {
    const { now } = this.#options;
    for (const [key, failure] of this.#failures) {
      const { leftOut, until } = failure;
      if (!leftOut.isThere()) this.#failures.delete(key);
      else if (until === undefined || until > now()) continue;
      else this.#failures.set(key, { ...failure, until: undefined });
      leftOut.refuse(undefined);
    }
  }

  /** The switch has accepted all flows: whoever was tried has succeeded. */
  accepted(): void {
    for (const [key, { until }] of this.#failures) {
      if (until === undefined) this.#failures.delete(key);
    }
  }

  /**
   * Leaves out TrafficControls that want the flow which the switch refuses, or the Pod whose flow it is. Sessions of
   * `sluice capture` are left out first, whatever the flow.
   *
   * @param count How many to leave out: more with each attempt, so that few attempts are enough.
   * @returns Whether there was one to leave out.
   */
  refuse(error: BundleError, count: number): boolean {
    const { model, log, now } = this.#options;
    const flow = error.index === undefined ? undefined : model.flows.changes()[error.index]?.flow;
    if (!flow) return false;
    const { captured } = model;
    if (captured.size > 0) {
      captured.refuse(refusedFlow(error, flow));
      return true;
    }
    const controls = this.#candidates(flow, error).map((control) => this.#control(control));
    const found = controls.length > 0 ? controls : this.#podsWith(flow);
    for (const leftOut of found.slice(0, count)) {
      const reason = refusedFlow(error, flow);
      const { backoff = new Backoff(RETRY) } = this.#failures.get(leftOut.key) ?? {};
      this.#failures.set(leftOut.key, { leftOut, backoff, until: now() + backoff.next() });
      leftOut.refuse(reason);
      log.warning("Flows refused", { ...leftOut.named, reason: sentence(reason) });
    }
    return found.length > 0;
  }

  #control({ name }: Control): LeftOut {
    const { model } = this.#options;
    return {
      key: `TrafficControl ${name}`,
      named: { name },
      isThere: () => model.controls.has(name),
      refuse: (reason) => model.refuseFlows(name, reason),
    };
  }

  /** The ports of Pods that alone want the flow. Without it, packets of a Pod are as those of a neighbour of the node. */
  #podsWith(flow: Flow): LeftOut[] {
    const { flows } = this.#options.model;
    const parts = flows.partsWith(flow);
    if (!parts.every(isPodPart)) return [];
    return parts.map((part) => ({
      key: part,
      named: { flows: part },
      isThere: () => flows.hasPart(part),
      refuse: (reason) => reason ? flows.leaveOut(part) : flows.takeIn(part),
    }));
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
      .filter(({ name }) => !refusedFlows.has(name) && selection.selectsAny(name))
      .map((control) => ({ control, rank: rank(control) }));
    const highest = Math.max(1, ...ranked.map(({ rank }) => rank));
    return ranked.filter(({ rank }) => rank === highest).map(({ control }) => control)
      .sort((a, b) => a.age < b.age ? 1 : -1);
  }
}
