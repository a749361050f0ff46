/**
 * Decides when the switch is read, and gives the model what was read. That is after a connect, when another controller
 * has changed something, and when the switch has other flows than it has told of: it counts them from time to time. The
 * observer never writes to the switch: the reconciler does.
 * @module
 */
import type { Waiter } from "../base/alarm.ts";
import { NotConnectedError } from "../base/errors.ts";
import { delay } from "../base/timer.ts";
import type { Condition } from "../contracts/condition.ts";
import type { Model } from "../model/model.ts";
import {
  type AsyncMessage,
  type Flow,
  type OpenFlowClient,
  type PortDescription,
} from "../openflow/mod.ts";
import { deliveriesIn, findDeliveryTables } from "./deliveries.ts";
import { whyNoRedirects, whyNotWhileFlooding, whyUnusable } from "./foreign_flows.ts";
import { isForeignChange, isReasonToLook } from "./switch_news.ts";
import {
  countFlows,
  NO_WATCHES,
  readSwitch,
  type SwitchState,
  type TablesInUse,
  type Watches,
  watchFlows,
} from "./switch_state.ts";

/** Time between two counts of the flows, in milliseconds. */
export const CHECK_INTERVAL = 5000;
/**
 * Longest time between two reads of the switch, in milliseconds. What the switch does not tell and a count does not show
 * would be a fault of Open vSwitch. A read of 10,000 flows takes 0.3 s, so this costs 0.1 % of a core at most.
 */
export const READ_INTERVAL = 300_000;
/** Shortest time between two reads, in milliseconds, however often another controller changes something. */
const SHORTEST_INTERVAL = 100;
/** Time until the next read while it is not known in which table the owner sends packets to ports, in milliseconds. */
const UNDELIVERED_INTERVAL = 1000;

/** Gives the model what was read. @returns The reason for which Sluice must not write to the switch, if any. */
export function takeObservation(
  model: Model,
  { flows, foreign, marked, meters, toAll, toFlood }: SwitchState,
): Condition | undefined {
  model.observe({
    flows,
    foreign,
    ...(model.pipeline.type.deliveryRows && { deliveries: deliveriesIn(foreign) }),
    noRedirects: whyNoRedirects(toAll),
    noRedirectsWhileFlooding: whyNotWhileFlooding(toFlood),
  });
  model.datapath.meters.observe(meters);
  return whyUnusable([...foreign, ...marked], model.pipeline);
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
  /** Has another round begin, in which `look()` reads the switch. */
  readonly wake: () => void;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

export class SwitchObserver implements Waiter {
  readonly #options: SwitchObserverOptions;
  readonly #now: () => number;
  #unusable: Condition | undefined;
  /** Whether the last read counts. Without one that does, no round goes on. */
  #isKnown = false;
  /** When the last read began, in milliseconds, whether it still counts or not. */
  #lookedAt = -Infinity;
  /** When the next read is due, in milliseconds. */
  #readAt = -Infinity;
  /** When the flows were counted, or read, in milliseconds. */
  #countedAt = -Infinity;
  /** How many foreign flows the last read found. */
  #foreign = 0;
  /** The connection on which the switch was asked to report changes. */
  #watched: Watched | undefined;
  /** The owner's tables in which the pipeline has rows, beside table 0. */
  #deliveryTables: readonly number[] = [];

  constructor(options: SwitchObserverOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** The reason, found by the last read, for which Sluice must not write; nothing if there is none. */
  get unusable(): Condition | undefined {
    return this.#unusable;
  }

  dueAt(): number {
    return Math.min(this.#dueRead(), this.#countedAt + CHECK_INTERVAL);
  }

  /** When the next read is due. */
  #dueRead(): number {
    // Of a table that is known the switch tells all changes
    const isSought = this.#lacksDeliveries && this.#options.model.datapath.deliveries.isEmpty;
    return Math.min(this.#readAt, isSought ? this.#lookedAt + UNDELIVERED_INTERVAL : Infinity);
  }

  /** Whether the owner has no flow yet in whose place the pipeline's rows for a Pod's port could be. */
  get #lacksDeliveries(): boolean {
    const { pipeline, datapath } = this.#options.model;
    return pipeline.type.deliveryRows !== undefined && datapath.deliveries.missing().length > 0;
  }

  /** The last read no longer counts: the next `look()` reads again. */
  forget(): void {
    this.#isKnown = false;
    this.#readAt = -Infinity;
  }

  /** The switch is to be read at that time. Until then, rounds go on with what is known, if it lets them. */
  #readAtLatest(time: number): void {
    this.#readAt = Math.min(this.#readAt, time);
  }

  /** The switch is to be read soon. */
  #doubt(): void {
    if (this.#unusable) this.forget();
    else this.#readAtLatest(this.#lookedAt + SHORTEST_INTERVAL);
  }

  /** Takes a message of the switch. @returns Whether a round has something to do because of it. */
  hears(message: AsyncMessage): boolean {
    const { redirects, collisions, flows, pipeline, datapath } = this.#options.model;
    const hindered = this.#unusable !== undefined || redirects.some || collisions.some;
    const isOurPlace = (flow: Flow) => flows.wants(flow);
    const isOwnersFlooding = (flow: Flow) => datapath.receivers.dependOn(flow);
    const isDelivery = (flow: Pick<Flow, "table">) => this.#deliveryTables.includes(flow.table);
    const standing = { pipeline, hindered, isOurPlace, isOwnersFlooding, isDelivery };
    const isResumed = message.type === "flow_update" && message.event === "resumed";
    if (isResumed) this.#countedAt = -Infinity; // after a pause the switch tells what has changed in it
    const isReason = isReasonToLook(message, standing);
    if (isReason) this.#doubt();
    // It may matter to what is wanted later
    else if (isForeignChange(message)) this.#readAtLatest(this.#now() + CHECK_INTERVAL);
    return isReason || isResumed;
  }

  /**
   * Reads the switch if that is due. If only a count is due, it is made beside the round, which need not wait for it.
   *
   * @returns Nothing if there is no connection, or if it was replaced meanwhile.
   */
  async look(): Promise<Sight | undefined> {
    const now = this.#now();
    if (!this.#isKnown || now >= this.#dueRead()) return await this.#read();
    const client = this.#options.client();
    if (client && now >= this.#countedAt + CHECK_INTERVAL) void this.#count(client);
    return client && { client };
  }

  /** Has the switch read again if it has other flows than is known. */
  async #count(client: OpenFlowClient): Promise<void> {
    const { model, wake } = this.#options;
    this.#countedAt = this.#now();
    const flows = model.flows.inSwitch; // what a round writes from now on, the switch does after the count
    try {
      const counts = await countFlows(client, this.#tables);
      if (client !== this.#options.client()) return;
      if (counts.flows === flows && counts.foreign === this.#foreign) return;
    } catch (error) {
      if (error instanceof NotConnectedError) return;
      // A read says in its round what is wrong
    }
    this.#doubt();
    wake();
  }

  async #read(): Promise<Sight | undefined> {
    await delay(Math.max(0, this.#lookedAt + SHORTEST_INTERVAL - this.#now()));
    const client = this.#options.client();
    if (!client) return undefined;
    this.#lookedAt = this.#now();
    this.#countedAt = this.#lookedAt;
    this.#readAt = this.#lookedAt + READ_INTERVAL; // before the read: a message during it may make another one due
    this.#isKnown = true;
    try {
      return await this.#observe(client);
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  async #observe(client: OpenFlowClient): Promise<Sight | undefined> {
    const { model } = this.#options;
    await this.#findDeliveries(client);
    const before = client === this.#watched?.client ? this.#watched.watches : NO_WATCHES;
    this.#watched = { client, watches: await watchFlows(client, this.#tables, before) };
    const state = await readSwitch(client, this.#tables);
    this.#foreign = state.foreign.length;
    if (client !== this.#options.client()) return undefined;
    this.#unusable = takeObservation(model, state);
    return { client, seen: { ports: state.ports, flows: state.flows.length } };
  }

  get #tables(): TablesInUse {
    const { tables, type: { marks } } = this.#options.model.pipeline;
    return { ...tables, owners: this.#deliveryTables, marks };
  }

  /** Finds the tables in which the owner sends packets to ports, if the pipeline has rows there and they are not known. */
  async #findDeliveries(client: OpenFlowClient): Promise<void> {
    const { pipeline: { type }, ports } = this.#options.model;
    if (this.#deliveryTables.length > 0 && type.deliveryRows && !this.#lacksDeliveries) return;
    this.#deliveryTables = await findDeliveryTables(client, type, ports);
  }
}
