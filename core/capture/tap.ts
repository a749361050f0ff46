/**
 * One bridge of a session: a connection with an ID of its own, to which the switch sends the copies, and the meters and
 * flows for them. @module
 */
import { SluiceError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { CAPTURE } from "../base/marks.ts";
import { delay } from "../base/timer.ts";
import { sentence } from "../contracts/condition.ts";
import type { PacketDirection } from "../contracts/mod.ts";
import type { CaptureSession } from "../model/captured.ts";
import { captureMeter } from "../model/flows/captures.ts";
import type { Cap } from "../model/flows/meters.ts";
import type { Model } from "../model/model.ts";
import { OpenFlowClient, OpenFlowError, type PacketIn } from "../openflow/mod.ts";
import { PodFinder } from "./finder.ts";
import { CaptureRefused, STATUS } from "./request.ts";

/** A bridge of the agent. */
export interface CaptureBridge {
  readonly name: string;
  /** Where it speaks OpenFlow. */
  readonly address: string;
  readonly model: Model;
  /** Why Sluice does not write to the bridge, as a sentence; nothing if it does. */
  readonly blocker: () => string | undefined;
  /** Says that the model has changed. */
  readonly wake: () => void;
  /** Whether everything in the model is in the switch. */
  readonly isWritten: () => boolean;
}

/** Those limits of the table that tests change. */
export type CaptureLimits = Pick<
  typeof LIMITS,
  "captureBytes" | "captureQueue" | "captureBegin" | "captureEnd"
>;

export interface TapOptions {
  readonly bridge: CaptureBridge;
  readonly place: number;
  readonly asked: CaptureSession;
  readonly onPacket: (packet: PacketIn, from: Tap) => void;
  /** Is called when the connection ends by itself. */
  readonly onLost: (reason: Error) => void;
  readonly limits: CaptureLimits;
  /** Ends all waiting: the agent ends. */
  readonly signal: AbortSignal;
}

/** By direction. */
export type PacketCounts = Readonly<Record<PacketDirection, bigint>>;

const DIRECTIONS: readonly PacketDirection[] = ["egress", "ingress"];
/** Milliseconds between two looks whether the flows are in the switch, and between two counts at the end. */
const [LOOK_INTERVAL, COUNT_INTERVAL] = [10, 100];
/** So many equal counts one after the other mean that no packet comes any more. */
const EQUAL_COUNTS = 3;
/** A fifth of a second's packets may come at once. */
const BURST_PART = 5;

const capOf = (id: number): Cap => {
  const rate = LIMITS.capturePackets;
  return { id, limit: { unit: "packets", rate, burst: rate / BURST_PART } };
};

export class Tap {
  readonly #options: TapOptions;
  readonly finder: PodFinder;
  #client!: OpenFlowClient;
  #isClosed = false;

  private constructor(options: TapOptions) {
    this.#options = options;
    this.finder = new PodFinder(options.bridge.model, options.asked.selects);
  }

  get bridge(): string {
    return this.#options.bridge.name;
  }

  /** Resolves when the flows are in the switch. @throws {CaptureRefused} If they cannot be. */
  static async open(options: TapOptions): Promise<Tap> {
    const tap = new Tap(options);
    await tap.#connect();
    try {
      await tap.#begin();
      return tap;
    } catch (error) {
      await tap.close();
      throw error;
    }
  }

  async #connect(): Promise<void> {
    const { bridge, place, onPacket, onLost } = this.#options;
    try {
      this.#client = await OpenFlowClient.connect(bridge.address, {
        controllerId: CAPTURE.controller + place,
        subscribe: ["packet_in"],
        onMessage: (message) => {
          if (message.type === "packet_in") onPacket(message, this);
        },
      });
    } catch (error) {
      throw new CaptureRefused(STATUS.unavailable, (error as Error).message);
    }
    void this.#client.closed.then((reason) => {
      if (reason && !this.#isClosed) onLost(reason);
    });
  }

  /** The meters come first: without them, the switch would refuse the flows, and with them all others. */
  async #begin(): Promise<void> {
    const { bridge: { model, wake, blocker, name }, place, asked, limits } = this.#options;
    const { meters } = model.datapath;
    for (const direction of DIRECTIONS) {
      const cap = capOf(captureMeter(place, direction));
      await this.#addMeter(cap);
      meters.set(this.#part(direction), cap);
      meters.applied(["add", cap]);
    }
    model.captured.begin(asked);
    wake();
    const isDone = await this.#written(limits.captureBegin);
    const refused = model.captured.refusal(asked.control.name);
    if (refused) throw new CaptureRefused(STATUS.conflict, sentence(refused));
    if (isDone) return;
    const why = blocker() ?? `its flows were not written within ${limits.captureBegin} ms`;
    throw new CaptureRefused(STATUS.unavailable, `Cannot capture on bridge "${name}": ${why}`);
  }

  #part = (direction: PacketDirection) => `capture ${this.#options.place} ${direction}`;

  async #addMeter(cap: Cap): Promise<void> {
    try {
      // What an earlier agent has left has perhaps counted already
      await this.#client.changeMeter("delete", { id: cap.id });
      await this.#client.changeMeter("add", cap);
    } catch (error) {
      if (!(error instanceof OpenFlowError)) throw error;
      throw new CaptureRefused(
        STATUS.unavailable,
        `Cannot capture on bridge "${this.bridge}": its datapath has no meters, by which captures are ` +
          `capped (${error.message})`,
      );
    }
  }

  /** Waits until the model is in the switch. @returns Whether it is. */
  async #written(limit: number): Promise<boolean> {
    const { bridge: { isWritten }, signal } = this.#options;
    const until = performance.now() + limit;
    while (!isWritten() && performance.now() < until && !signal.aborted) {
      await delay(LOOK_INTERVAL, signal);
    }
    return isWritten();
  }

  /** Resolves when the packets have been read that the switch has sent by now, or it has gone. */
  async drained(): Promise<void> {
    await this.#inTime(this.#client.echo());
  }

  /** What the switch answers; nothing if it does not answer in time, or has gone. */
  async #inTime<T>(answer: Promise<T>): Promise<T | undefined> {
    const known = answer.catch((error) => {
      if (error instanceof SluiceError) return undefined;
      throw error;
    });
    const over = new AbortController();
    const late = delay(this.#options.limits.captureEnd, over.signal).then(() => undefined);
    return await Promise.race([known, late]).finally(() => over.abort());
  }

  /** Lets the switch make no more copies. @returns How many it has made by then; nothing if that is not known. */
  async end(): Promise<PacketCounts | undefined> {
    const { bridge: { model, wake }, asked, signal, limits } = this.#options;
    model.captured.end(asked.control.name);
    wake();
    const until = performance.now() + limits.captureEnd;
    await this.#written(limits.captureEnd);
    return await this.#inTime(this.#settledCounts(until, signal));
  }

  /** Flows in the datapath go a moment later than those of the bridge. */
  async #settledCounts(until: number, signal: AbortSignal): Promise<PacketCounts> {
    let counts = await this.#counts();
    for (let equal = 1; equal < EQUAL_COUNTS && performance.now() < until && !signal.aborted;) {
      await delay(COUNT_INTERVAL, signal);
      const next = await this.#counts();
      equal = DIRECTIONS.every((each) => next[each] === counts[each]) ? equal + 1 : 1;
      counts = next;
    }
    await this.#client.echo(); // packets that came before have been read then
    return counts;
  }

  async #counts(): Promise<PacketCounts> {
    const { place } = this.#options;
    const [egress, ingress] = await Promise.all(
      DIRECTIONS.map((each) => this.#client.meterCounts(captureMeter(place, each))),
    );
    return { egress: egress!.packets, ingress: ingress!.packets };
  }

  /** Removes what is left of it in the switch, as soon as the switch can be reached. */
  async close(): Promise<void> {
    const { bridge: { model, wake }, asked, signal, limits } = this.#options;
    this.#isClosed = true;
    model.captured.end(asked.control.name);
    wake();
    while (!await this.#written(limits.captureEnd) && !signal.aborted);
    for (const direction of DIRECTIONS) model.datapath.meters.set(this.#part(direction), undefined);
    wake();
    while (!await this.#written(limits.captureEnd) && !signal.aborted);
    await this.#client[Symbol.asyncDispose]();
  }
}
