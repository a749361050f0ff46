/** Makes the ports that the model wants, in one OVSDB transaction, and removes ports that nothing needs. @module */
import { LIMITS } from "../base/limits.ts";
import { type Condition, condition, sentence } from "../contracts/condition.ts";
import type { PortClaim } from "../objects/types.ts";
import { DEVICE_POLL_INTERVAL, readDevice, readMTU } from "../observe/devices.ts";
import type { Waiter } from "../base/alarm.ts";
import type { Log } from "../base/log.ts";
import type { Model } from "../model/model.ts";
import { mtuRequest } from "../model/ports/mtu.ts";
import type { Operation, OvsdbSession } from "../ovsdb/mod.ts";
import { commitPorts } from "./port_commit.ts";
import { farEndOperations, removeFarEnd } from "./far_end_operations.ts";
import { PortRemoval } from "./port_removal.ts";
import { addPort, changePort, type PortAddition, removePort } from "./port_operations.ts";
import type { PortVerdict } from "../model/ports/verdict.ts";

/** First and longest pause before a port that failed is tried again, in milliseconds. */
const RETRY = { first: 1000, longest: 60_000 } as const;
/** Milliseconds between two judgements of ports that are refused or have a warning. */
const DOUBT_INTERVAL = 1000;

/** A port that Open vSwitch could not make. */
interface Failure {
  readonly condition: Condition;
  /** Milliseconds between that failure and the next attempt. */
  readonly pause: number;
  /** When it is tried again, in milliseconds. */
  readonly until: number;
}

interface Judged {
  readonly claim: PortClaim;
  readonly verdict: PortVerdict;
}

/** A port to be added or changed. */
interface Wanted {
  readonly claim: PortClaim;
  /** The ifindex of its device; nothing if it has none. */
  readonly device: number | undefined;
}

export interface PortMakerOptions {
  readonly bridge: string;
  readonly model: Model;
  readonly ovsdb: Pick<OvsdbSession, "commit" | "applied">;
  readonly log: Log;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

export class PortMaker implements Waiter {
  readonly #options: PortMakerOptions;
  readonly #now: () => number;
  /** By name of the port. */
  #failures = new Map<string, Failure>();
  /** Names of wanted ports whose device does not exist. */
  #missing = new Set<string>();
  /** When refused ports were judged last, in milliseconds. */
  #doubtedAt = -Infinity;
  readonly #removal: PortRemoval;

  constructor(options: PortMakerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#removal = new PortRemoval(options);
  }

  /** Whether ports are being removed at this moment. */
  get isRemoving(): boolean {
    return this.#removal.isUnderWay;
  }

  /** When the first failed port is tried again, or missing devices are searched for again. */
  dueAt(): number {
    const retries = [...this.#failures.values()].map(({ until }) => until)
      .filter((until) => until > this.#now()); // one that is due is judged at the start of this round
    const device = this.#missing.size > 0 ? this.#now() + DEVICE_POLL_INTERVAL : Infinity;
    return Math.min(device, ...retries);
  }

  /**
   * Adds, changes and removes ports, until the bridge has what the model wants. For a port that cannot be made, the
   * model has a verdict with a condition.
   *
   * @throws If OVSDB refuses a transaction.
   */
  async realize(): Promise<void> {
    const { wanted } = this.#options.model;
    // Until it goes, such a port looks as if it could be used
    if (this.#removal.hasWanted((name) => wanted.isWanted(name))) await this.#removal.ended();
    this.#touchWaiting();
    for (let pass = 0; pass < LIMITS.portPasses; pass++) {
      const judged = this.#options.model.judgePorts();
      const operations = [...judged].map(([name, each], index) =>
        [name, this.#operations(name, each, index)] as const
      ).filter(([, each]) => each.length > 0);
      if (operations.length === 0) return;
      await this.#removal.ended(); // a port whose device has come again must be gone before it is added
      await this.#commit(new Map(operations), judged.keys());
    }
  }

  /** Lets the model judge those ports again for which something may have changed without a message from OVSDB. */
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

  /** Commits. A transaction that fails has changed nothing, so its ports are judged again in the next round. */
  async #commit(
    operations: ReadonlyMap<string, readonly Operation[]>,
    judged: Iterable<string>,
  ): Promise<void> {
    const { model, ovsdb, log } = this.#options;
    try {
      for (const [name, { message }] of await commitPorts(ovsdb, operations)) {
        log.warning("Port refused", { port: name, error: message });
        const refusal = condition("PortFailed", `OVSDB refuses port "${name}": ${message}`);
        this.#fail(name, refusal);
        model.refusePort(name, refusal);
      }
    } catch (error) {
      for (const name of judged) model.wanted.touch(name);
      throw error;
    }
  }

  #operations(name: string, { claim, verdict }: Judged, index: number): Operation[] {
    const port = this.#options.model.ports.named(name);
    this.#note(name, verdict);
    if (verdict.state === "add") return this.#add(name, { claim, device: verdict.device }, index);
    if (verdict.state === "change") {
      const wanted = { claim, device: verdict.device };
      return [
        ...changePort(port!, this.#addition(wanted, port?.mtu)),
        ...this.#farEnd(claim, index),
      ];
    }
    if (verdict.state === "remove" || verdict.state === "renew") return this.#remove(name);
    return [];
  }

  /** Remembers from a verdict when the port is to be judged again. */
  #note(name: string, verdict: PortVerdict): void {
    const { log } = this.#options;
    const missing = verdict.state === "wait" && verdict.condition.reason === "DeviceMissing";
    if (missing) this.#missing.add(name);
    else this.#missing.delete(name);
    if (verdict.state === "ready") this.#failures.delete(name);
    if (verdict.state !== "remove" && verdict.state !== "renew") return;
    log.warning("Port removed", { port: name, reason: sentence(verdict.condition) });
    if (verdict.state === "renew") return; // it is added again at once
    if (verdict.condition.reason === "DeviceMissing") return; // its device is searched for, without a pause
    this.#fail(name, verdict.condition);
  }

  /** Notes that the port cannot be made now. */
  #fail(name: string, condition: Condition): void {
    const pause = Math.min((this.#failures.get(name)?.pause ?? RETRY.first / 2) * 2, RETRY.longest);
    this.#failures.set(name, { condition, pause, until: this.#now() + pause });
  }

  #add(name: string, wanted: Wanted, index: number): Operation[] {
    const { claim } = wanted;
    const { bridge, model, log } = this.#options;
    const failure = this.#failures.get(name);
    if (failure && failure.until > this.#now()) {
      model.refusePort(name, failure.condition);
      return [];
    }
    log.info("Port added", { port: name, kind: claim.kind, ...claim.spec.options });
    const addition = this.#addition(wanted, readMTU(name));
    return [...addPort(bridge, addition, index), ...this.#farEnd(claim, index)];
  }

  #farEnd({ spec }: PortClaim, index: number): Operation[] {
    const { bridge, model } = this.#options;
    return farEndOperations({ bridge, spec, has: model.wanted.farEnd(spec.name), index });
  }

  /** Operations that remove the port, if Sluice has made it, and its far end, if it has one. */
  #remove(name: string): Operation[] {
    const { bridge, model } = this.#options;
    const [port, farEnd] = [model.ports.named(name), model.wanted.farEnd(name)];
    return [
      ...(port?.ours ? removePort(bridge, port) : []),
      ...(farEnd ? removeFarEnd(farEnd) : []),
    ];
  }

  /** @param own The MTU that the device has now, in bytes. */
  #addition({ claim: { spec }, device }: Wanted, own: number | undefined): PortAddition {
    const mtu = mtuRequest(spec.type, { smallest: this.#options.model.mtus?.smallest, own });
    return { spec, ...(mtu !== undefined && { mtu }), ...(device !== undefined && { device }) };
  }

  /**
   * Begins to remove ports that Sluice has made and nothing needs any more, and does not wait until ovs-vswitchd has done
   * it. Ports of a pair that drains are still needed.
   *
   * @throws If an earlier removal has failed. Then it is tried again by the next call.
   */
  removeLeftovers(): void {
    const names = this.#options.model.leftovers();
    this.#removal.begin(names, names.flatMap((name) => this.#remove(name)));
    for (const name of names) this.#failures.delete(name);
  }
}
