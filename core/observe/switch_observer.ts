/**
 * Looks at what the switch has: after a connect, when another controller changes something, and from time to time.
 * It reads and never writes; what follows from it is the reconciler's.
 * @module
 */
import type { Waiter } from "../base/alarm.ts";
import { delay } from "../base/backoff.ts";
import type { Condition } from "../contracts/condition.ts";
import type { Model } from "../model/model.ts";
import type { AsyncMessage, Flow, OpenFlowClient, PortDescription } from "../openflow/mod.ts";
import { whyNoRedirects, whyNotWhileFlooding, whyUnusable } from "./foreign_flows.ts";
import { isReasonToLook } from "./switch_news.ts";
import {
  NO_WATCHES,
  readSwitch,
  type SwitchState,
  type Watches,
  watchFlows,
} from "./switch_state.ts";

/** The switch is asked so often whether all is still there, in milliseconds. */
export const CHECK_INTERVAL = 5000;
/** Milliseconds between two looks at the switch, however often another controller takes a flow of Sluice away. */
const SHORTEST_INTERVAL = 100;

/** Gives the model what the switch has. @returns Why nothing may be written there, if so. */
export function takeObservation(
  model: Model,
  { flows, foreign, toAll, toFlood }: SwitchState,
): Condition | undefined {
  model.observe({
    flows,
    foreign,
    noRedirects: whyNoRedirects(toAll),
    noRedirectsWhileFlooding: whyNotWhileFlooding(toFlood),
  });
  return whyUnusable(foreign, model.pipeline);
}

/** The switch as it is known now. */
export interface Sight {
  readonly client: OpenFlowClient;
  /** What this look has read; absent when the last one is still good. */
  readonly seen?: {
    readonly ports: readonly PortDescription[];
    /** How many flows of Sluice are there. */
    readonly flows: number;
  };
}

interface Watched {
  readonly client: OpenFlowClient;
  readonly watches: Watches;
}

export interface SwitchObserverOptions {
  readonly model: Model;
  /** The connection as it is now. */
  readonly client: () => OpenFlowClient | undefined;
}

export class SwitchObserver implements Waiter {
  readonly #options: SwitchObserverOptions;
  #unusable: Condition | undefined;
  #observedAt = -Infinity;
  /** The same, whatever was heard since. */
  #lookedAt = -Infinity;
  /** The connection that tells of changes, and what of the switch it tells them. */
  #watched: Watched | undefined;

  constructor(options: SwitchObserverOptions) {
    this.#options = options;
  }

  /** Why nothing may be written, as far as is known. */
  get unusable(): Condition | undefined {
    return this.#unusable;
  }

  dueAt(): number {
    return this.#observedAt + CHECK_INTERVAL;
  }

  /** What is known counts no more. */
  forget(): void {
    this.#observedAt = -Infinity;
  }

  /** @returns Whether it is a reason to look at everything again, which the next round does. */
  hears(message: AsyncMessage): boolean {
    const { redirects, collisions, flows, pipeline } = this.#options.model;
    const hindered = this.#unusable !== undefined || redirects.some || collisions.some;
    const isOurPlace = (flow: Flow) => flows.wants(flow);
    const isReason = isReasonToLook(message, { pipeline, hindered, isOurPlace });
    if (isReason) this.forget();
    return isReason;
  }

  /** Looks if it is time to. @returns Nothing while the model does not have what the switch has. */
  async look(): Promise<Sight | undefined> {
    const connected = this.#options.client();
    if (performance.now() < this.dueAt()) return connected && { client: connected };
    await delay(Math.max(0, this.#lookedAt + SHORTEST_INTERVAL - performance.now()));
    const client = this.#options.client();
    if (!client) return undefined;
    this.#lookedAt = performance.now();
    this.#observedAt = this.#lookedAt; // at first: a loss that is heard of meanwhile must count
    try {
      return await this.#observe(client);
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  async #observe(client: OpenFlowClient): Promise<Sight | undefined> {
    const { model } = this.#options;
    const { pipeline } = model;
    const before = client === this.#watched?.client ? this.#watched.watches : NO_WATCHES;
    this.#watched = { client, watches: await watchFlows(client, pipeline.tables, before) };
    const state = await readSwitch(client, pipeline.tables);
    if (client !== this.#options.client()) return undefined;
    this.#unusable = takeObservation(model, state);
    return { client, seen: { ports: state.ports, flows: state.flows.length } };
  }
}
