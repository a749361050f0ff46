/** What the switch has, given to the model: after a connect, when others change something, and from time to time. @module */
import { delay } from "../base/backoff.ts";
import { type Condition, sentence } from "../contracts/condition.ts";
import type { Pipeline } from "../contracts/mod.ts";
import { forgetVanished } from "../apply/learned_flows.ts";
import type { Log } from "../base/log.ts";
import type { Model } from "../model/model.ts";
import type { AsyncMessage, Flow, OpenFlowClient, PortDescription } from "../openflow/mod.ts";
import { whyNoRedirects, whyNotWhileFlooding, whyUnusable } from "./foreign_flows.ts";
import { readSwitch, type SwitchState, watchFlows } from "./switch_state.ts";
import { withdrawFlows } from "../apply/withdraw.ts";
import { isReasonToLook } from "./switch_news.ts";

/** Milliseconds between two looks at the switch, however often somebody takes a flow of ours away. */
const SHORTEST_INTERVAL = 100;

/** @returns Why nothing may be written there. */
export function takeObservation(
  model: Model,
  pipeline: Pipeline,
  { flows, foreign, toAll, toFlood }: SwitchState,
): Condition | undefined {
  model.flows.observe(flows);
  model.places.observe(foreign);
  model.redirects.observe(whyNoRedirects(toAll), whyNotWhileFlooding(toFlood));
  return whyUnusable(foreign, pipeline);
}

export interface ObserverOptions {
  readonly model: Model;
  readonly pipeline: Pipeline;
  /** The connection as it is now. */
  readonly client: () => OpenFlowClient | undefined;
  readonly onPorts: (ports: readonly PortDescription[]) => void;
  readonly log: Log;
}

export class Observer {
  readonly #options: ObserverOptions;
  #unusable: Condition | undefined;
  #observedAt = -Infinity;
  /** The same, whatever we heard since. */
  #lookedAt = -Infinity;
  /** The connection that tells us of changes. */
  #watched: OpenFlowClient | undefined;
  /** The connection over which what was learned of vanished ports was forgotten. */
  #swept: OpenFlowClient | undefined;

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /** Why nothing may be written, as far as is known. */
  get unusable(): Condition | undefined {
    return this.#unusable;
  }

  /** What is known counts no more. */
  forget(): void {
    this.#observedAt = -Infinity;
  }

  /** @returns Whether it is a reason to look at everything again, which the next round does. */
  hears(message: AsyncMessage): boolean {
    const { model: { redirects, places, flows }, pipeline } = this.#options;
    const hindered = this.#unusable !== undefined || redirects.some || places.some;
    const isOurPlace = (flow: Flow) => flows.wants(flow);
    const isReason = isReasonToLook(message, { pipeline, hindered, isOurPlace });
    if (isReason) this.forget();
    return isReason;
  }

  /** Looks if it is time to. @returns Whether the model has what the switch has. */
  async look(): Promise<boolean> {
    if (performance.now() - this.#observedAt < CHECK_INTERVAL) return true;
    await delay(Math.max(0, this.#lookedAt + SHORTEST_INTERVAL - performance.now()));
    const client = this.#options.client();
    if (!client) return false;
    this.#lookedAt = performance.now();
    this.#observedAt = this.#lookedAt; // at first: a loss that we hear of meanwhile must count
    try {
      return await this.#observe(client);
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  async #observe(client: OpenFlowClient): Promise<boolean> {
    const { model, pipeline, onPorts } = this.#options;
    if (client !== this.#watched) await watchFlows(client, pipeline.tables);
    this.#watched = client;
    const state = await readSwitch(client, pipeline.tables);
    if (client !== this.#options.client()) return false;
    if (client !== this.#swept) await forgetVanished(client, state.ports);
    this.#swept = client;
    onPorts(state.ports);
    this.#unusable = takeObservation(model, pipeline, state);
    if (this.#unusable && state.flows.length > 0) await this.#withdraw(client, this.#unusable);
    return true;
  }

  /** What is left of ours would mix with what is somebody else's now: packets go by the owner's flows alone. */
  async #withdraw(client: OpenFlowClient, why: Condition): Promise<void> {
    await withdrawFlows(client);
    this.#options.model.flows.observe([]);
    this.#options.log.warning("Flows withdrawn", { reason: why.reason, message: sentence(why) });
  }
}

/** The switch is asked so often whether all is still there, in milliseconds. */
export const CHECK_INTERVAL = 5000;
