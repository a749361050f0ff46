/** Makes the ports that the model wants, in one OVSDB transaction, and removes those nobody needs. @module */
import { type Condition, sentence } from "../contracts/condition.ts";
import type { PortClaim } from "../objects/types.ts";
import { DEVICE_POLL_INTERVAL, readDevice, readMTU } from "../observe/devices.ts";
import type { Waiter } from "../base/alarm.ts";
import type { Log } from "../base/log.ts";
import type { Model } from "../model/model.ts";
import { mtuRequest } from "../model/ports/mtu.ts";
import type { Operation, OvsdbSession } from "../ovsdb/mod.ts";
import { farEndOperations, removeFarEnd } from "./far_end_operations.ts";
import { addPort, changePort, type PortAddition, removePort } from "./port_operations.ts";
import type { PortVerdict } from "../model/ports/verdict.ts";

/** First and longest pause before a port that failed is tried again, in milliseconds. */
const RETRY = { first: 1000, longest: 60_000 } as const;
/** Milliseconds between looks at what is refused or warned of. */
const DOUBT_INTERVAL = 1000;
/** Judge, make, and once more: a row that failed is removed in the same round. */
const PASSES = 3;

interface Failure {
  readonly condition: Condition;
  readonly pause: number;
  readonly until: number;
}

interface Judged {
  readonly claim: PortClaim;
  readonly verdict: PortVerdict;
}

export interface PortMakerOptions {
  readonly bridge: string;
  readonly model: Model;
  readonly ovsdb: Pick<OvsdbSession, "commit">;
  readonly log: Log;
  readonly now?: () => number;
}

export class PortMaker implements Waiter {
  readonly #options: PortMakerOptions;
  readonly #now: () => number;
  #failures = new Map<string, Failure>();
  #missing = new Set<string>();
  #doubtedAt = -Infinity;

  constructor(options: PortMakerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** When the first failed port is tried again, or a missing device is looked for. */
  dueAt(): number {
    const retries = [...this.#failures.values()].map(({ until }) => until)
      .filter((until) => until > this.#now()); // what is due is judged at the start of a round
    const device = this.#missing.size > 0 ? this.#now() + DEVICE_POLL_INTERVAL : Infinity;
    return Math.min(device, ...retries);
  }

  /** Brings the bridge's ports to what is wanted; what cannot be is a verdict in the model. */
  async realize(): Promise<void> {
    this.#touchWaiting();
    for (let pass = 0; pass < PASSES; pass++) {
      const judged = this.#options.model.judgePorts();
      const operations = [...judged].flatMap(([name, each], index) =>
        this.#operations(name, each, index)
      );
      if (operations.length === 0) return;
      await this.#commit(operations, judged.keys());
    }
  }

  /** What is not there yet may be there now. */
  #touchWaiting(): void {
    const { model } = this.#options;
    if (this.#now() - this.#doubtedAt >= DOUBT_INTERVAL) {
      this.#doubtedAt = this.#now();
      model.wanted.touchDoubtful();
    }
    for (const name of this.#missing) {
      if (!model.wanted.isWanted(name)) this.#missing.delete(name);
      else if (readDevice(name)) model.wanted.touch(name);
    }
    for (const [name, { until }] of this.#failures) {
      if (!model.wanted.isWanted(name)) this.#failures.delete(name);
      else if (until <= this.#now()) model.wanted.touch(name);
    }
  }

  /** A transaction that fails has done nothing: its ports must be judged again. */
  async #commit(operations: readonly Operation[], ports: Iterable<string>): Promise<void> {
    try {
      await this.#options.ovsdb.commit(operations);
    } catch (error) {
      for (const name of ports) this.#options.model.wanted.touch(name);
      throw error;
    }
  }

  #operations(name: string, { claim, verdict }: Judged, index: number): Operation[] {
    const port = this.#options.model.ports.named(name);
    this.#note(name, verdict);
    if (verdict.state === "add") return this.#add(name, claim, index);
    if (verdict.state === "change") {
      return [
        ...changePort(port!, this.#addition(claim, port?.mtu)),
        ...this.#farEnd(claim, index),
      ];
    }
    if (verdict.state === "remove") return this.#remove(name);
    return [];
  }

  #note(name: string, verdict: PortVerdict): void {
    const { log } = this.#options;
    const missing = verdict.state === "wait" && verdict.condition.reason === "DeviceMissing";
    if (missing) this.#missing.add(name);
    else this.#missing.delete(name);
    if (verdict.state === "ready") this.#failures.delete(name);
    if (verdict.state !== "remove") return;
    log.warning("Port removed", { port: name, reason: sentence(verdict.condition) });
    if (verdict.condition.reason === "DeviceMissing") return; // it is looked for anyway
    const pause = Math.min((this.#failures.get(name)?.pause ?? RETRY.first / 2) * 2, RETRY.longest);
    this.#failures.set(name, { condition: verdict.condition, pause, until: this.#now() + pause });
  }

  #add(name: string, claim: PortClaim, index: number): Operation[] {
    const { bridge, model, log } = this.#options;
    const failure = this.#failures.get(name);
    if (failure && failure.until > this.#now()) {
      model.refusePort(name, failure.condition);
      return [];
    }
    log.info("Port added", { port: name, kind: claim.kind, ...claim.spec.options });
    const addition = this.#addition(claim, readMTU(name));
    return [...addPort(bridge, addition, index), ...this.#farEnd(claim, index)];
  }

  #farEnd({ spec }: PortClaim, index: number): Operation[] {
    const { bridge, model } = this.#options;
    return farEndOperations({ bridge, spec, has: model.wanted.farEnd(spec.name), index });
  }

  /** The port and its far end, as far as they are there. */
  #remove(name: string): Operation[] {
    const { bridge, model } = this.#options;
    const [port, farEnd] = [model.ports.named(name), model.wanted.farEnd(name)];
    return [
      ...(port?.ours ? removePort(bridge, port) : []),
      ...(farEnd ? removeFarEnd(farEnd) : []),
    ];
  }

  /** @param own The device's MTU as it is, in bytes. */
  #addition({ spec }: PortClaim, own: number | undefined): PortAddition {
    const mtu = mtuRequest(spec.type, { smallest: this.#options.model.mtus?.smallest, own });
    return { spec, ...(mtu !== undefined && { mtu }) };
  }

  /** Ports of ours that nobody needs, once no packet can be on its way through them. */
  async removeLeftovers(): Promise<void> {
    const { model, ovsdb, log } = this.#options;
    const names = model.leftovers();
    if (names.length === 0) return;
    await ovsdb.commit(names.flatMap((name) => this.#remove(name)));
    for (const name of names) {
      this.#failures.delete(name);
      log.info("Port removed", { port: name });
    }
  }
}
