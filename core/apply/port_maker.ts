/** Makes the ports that the model wants, in one OVSDB transaction, and removes ports that nothing needs. @module */
import { LIMITS } from "../base/limits.ts";
import { type Condition, condition, sentence } from "../contracts/condition.ts";
import type { PortSpec } from "../contracts/mod.ts";
import type { PortClaim } from "../objects/types.ts";
import { DEVICE_POLL_INTERVAL, readDevice, readMTU } from "../observe/devices.ts";
import { earliest, type Waiter } from "../base/alarm.ts";
import type { Log } from "../base/log.ts";
import type { Model } from "../model/model.ts";
import { mtuRequest } from "../model/ports/mtu.ts";
import type { Operation, OvsdbSession } from "../ovsdb/mod.ts";
import { commitPorts } from "./port_commit.ts";
import { farEndOperations, removeFarEnd } from "./far_end_operations.ts";
import { Pauses } from "./pauses.ts";
import { PortRemoval } from "./port_removal.ts";
import { addPort, changePort, type PortAddition, removePort } from "./port_operations.ts";
import type { PortVerdict } from "../model/ports/verdict.ts";
import type { JudgedPort } from "../model/ports/wanted.ts";

/** Milliseconds between two judgements of ports that are refused or have a warning. */
const DOUBT_INTERVAL = 1000;

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
  /** Ports that Open vSwitch could not make or change. */
  readonly #failures: Pauses;
  /** Ports that were removed and added again, and have not worked since. */
  readonly #renewals: Pauses;
  /** Names of wanted ports whose device does not exist. */
  #missing = new Set<string>();
  /** When refused ports were judged last, in milliseconds. */
  #doubtedAt = -Infinity;
  readonly #removal: PortRemoval;

  constructor(options: PortMakerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#failures = new Pauses(this.#now);
    this.#renewals = new Pauses(this.#now);
    this.#removal = new PortRemoval({ ...options, now: this.#now });
  }

  /** The removal that is under way, and why the last one failed. */
  get removal(): Pick<PortRemoval, "isUnderWay" | "end" | "failure"> {
    return this.#removal;
  }

  /** When the first failed port is tried again, or missing devices are searched for again. */
  dueAt(): number {
    const device = this.#missing.size > 0 ? this.#now() + DEVICE_POLL_INTERVAL : Infinity;
    return Math.min(device, earliest([this.#failures, this.#renewals, this.#removal]));
  }

  /**
   * Adds, changes and removes ports, until the bridge has what the model wants. For a port that cannot be made, the
   * model has a verdict with a condition.
   *
   * @throws If OVSDB refuses a transaction.
   */
  async realize(): Promise<void> {
    const { model } = this.#options;
    this.#touchWaiting();
    for (let pass = 0; pass < LIMITS.portPasses; pass++) {
      // Until it goes, such a port looks as if it could be used
      if (this.#removal.hasWanted((name) => model.wanted.isWanted(name))) await this.#removal.end;
      const judged = model.judgePorts((spec, state) => this.#hindrance(spec, state));
      const operations = [...judged].map(([name, each], index) =>
        [name, this.#operations(name, each, index)] as const
      ).filter(([, each]) => each.length > 0);
      if (operations.length === 0) return;
      await this.#commit(new Map(operations), judged);
    }
  }

  /** Ports that failed have pauses. */
  #hindrance(spec: PortSpec, state: PortVerdict["state"]): Condition | undefined {
    if (state === "renew") return this.#renewals.hindrance(spec);
    return state === "add" || state === "change" ? this.#failures.hindrance(spec) : undefined;
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
    for (const pauses of [this.#failures, this.#renewals]) {
      for (const [name, isOver] of pauses.ports()) {
        if (!model.wanted.isWanted(name)) pauses.forget(name);
        else if (isOver) model.wanted.touch(name);
      }
    }
  }

  /** Commits. A transaction that fails has changed nothing, so its ports are judged again in the next round. */
  async #commit(
    operations: ReadonlyMap<string, readonly Operation[]>,
    judged: ReadonlyMap<string, JudgedPort>,
  ): Promise<void> {
    const { model, ovsdb, log } = this.#options;
    try {
      // A device's port that was removed and is added again before ovs-vswitchd looks is the same one to it, and keeps
      // the device that was opened for it.
      if ([...judged.values()].some(addsDevice)) await ovsdb.applied();
      for (const [name, { message }] of await commitPorts(ovsdb, operations)) {
        log.warning("Port refused", { port: name, error: message });
        const refusal = condition("PortFailed", `OVSDB refuses port "${name}": ${message}`);
        this.#failures.fail(judged.get(name)!.claim.spec, refusal);
        model.refusePort(name, refusal);
      }
    } catch (error) {
      for (const name of judged.keys()) model.wanted.touch(name);
      throw error;
    }
  }

  #operations(name: string, judged: JudgedPort, index: number): Operation[] {
    const { claim, verdict } = judged;
    const port = this.#options.model.ports.named(name);
    this.#note(name, judged);
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
  #note(name: string, { claim: { spec }, verdict, isHindered }: JudgedPort): void {
    const { log } = this.#options;
    const missing = verdict.state === "wait" && verdict.condition.reason === "DeviceMissing";
    if (missing) this.#missing.add(name);
    else this.#missing.delete(name);
    if (verdict.state === "ready" && !isHindered) {
      this.#failures.forget(name);
      this.#renewals.forget(name);
    }
    if (verdict.state !== "remove" && verdict.state !== "renew") return;
    log.warning("Port removed", { port: name, reason: sentence(verdict.condition) });
    // The port is added again at once; if Open vSwitch does not receive from the device then either, it has a pause
    if (verdict.state === "renew") return this.#renewals.fail(spec, verdict.condition);
    if (verdict.condition.reason === "DeviceMissing") return; // its device is searched for, without a pause
    this.#failures.fail(spec, verdict.condition);
  }

  #add(name: string, wanted: Wanted, index: number): Operation[] {
    const { claim } = wanted;
    const { bridge, log } = this.#options;
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
   */
  removeLeftovers(): void {
    const names = this.#options.model.leftovers();
    this.#removal.begin(names, names.flatMap((name) => this.#remove(name)));
    for (const name of names) this.#failures.forget(name);
  }
}

function addsDevice({ verdict }: JudgedPort): boolean {
  return verdict.state === "add" && verdict.device !== undefined;
}
