/**
 * Decides when the switch is read, and gives the model what was read. That is after a connect, when another controller
 * has changed something, and from time to time. The observer never writes to the switch: the reconciler does.
 * @module
 */
import type { Waiter } from "../base/alarm.ts";
import { delay } from "../base/timer.ts";
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

/** Longest time between two reads of the switch, in milliseconds. */
export const CHECK_INTERVAL = 5000;
/** Shortest time between two reads, in milliseconds, however often another controller changes something. */
const SHORTEST_INTERVAL = 100;

/** Gives the model what was read. @returns The reason for which Sluice must not write to the switch, if any. */
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

/** Says that the model knows what the switch has. */
export interface Sight {
  readonly client: OpenFlowClient;
  /** What was read just now; absent if the read before still counts. */
  readonly seen?: {
    readonly ports: readonly PortDescription[];
    /** Number of Sluice's flows on the switch. */
    readonly flows: number;
  };
}

interface Watched {
  readonly client: OpenFlowClient;
  readonly watches: Watches;
}

export interface SwitchObserverOptions {
  readonly model: Model;
  /** Gives the current connection to the switch, if there is one. */
  readonly client: () => OpenFlowClient | undefined;
}

export class SwitchObserver implements Waiter {
  readonly #options: SwitchObserverOptions;
  #unusable: Condition | undefined;
  /** When the read that still counts began, in milliseconds; `-Infinity` if none counts. */
  #observedAt = -Infinity;
  /** When the last read began, in milliseconds, whether it still counts or not. */
  #lookedAt = -Infinity;
  /** The connection on which the switch was asked to report changes. */
  #watched: Watched | undefined;

  constructor(options: SwitchObserverOptions) {
    this.#options = options;
  }

  /** The reason, found by the last read, for which Sluice must not write; nothing if there is none. */
  get unusable(): Condition | undefined {
    return this.#unusable;
  }

  dueAt(): number {
    return this.#observedAt + CHECK_INTERVAL;
  }

  /** The last read no longer counts: the next `look()` reads again. */
  forget(): void {
    this.#observedAt = -Infinity;
  }

  /** Takes a message of the switch. @returns Whether the next `look()` reads again because of it. */
  hears(message: AsyncMessage): boolean {
    const { redirects, collisions, flows, pipeline, datapath } = this.#options.model;
    const hindered = this.#unusable !== undefined || redirects.some || collisions.some;
    const isOurPlace = (flow: Flow) => flows.wants(flow);
    const isOwnersFlooding = (flow: Flow) => datapath.receivers.dependOn(flow);
    const standing = { pipeline, hindered, isOurPlace, isOwnersFlooding };
    const isReason = isReasonToLook(message, standing);
    if (isReason) this.forget();
    return isReason;
  }

  /** Reads the switch if that is due. @returns Nothing if there is no connection, or if it was replaced meanwhile. */
  async look(): Promise<Sight | undefined> {
    const connected = this.#options.client();
    if (performance.now() < this.dueAt()) return connected && { client: connected };
    await delay(Math.max(0, this.#lookedAt + SHORTEST_INTERVAL - performance.now()));
    const client = this.#options.client();
    if (!client) return undefined;
    this.#lookedAt = performance.now();
    this.#observedAt = this.#lookedAt; // set before the read, so that a message during it can call forget()
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
