/** Keeps an OpenFlow connection to the bridge, and connects again after each loss. @module */
import { Backoff } from "../base/backoff.ts";
import { type Condition, condition, isSame } from "../contracts/condition.ts";
import { LIMITS } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import { delay } from "../base/timer.ts";
import { type AsyncMessage, OpenFlowClient, ProtocolMissingError } from "../openflow/mod.ts";

export interface SwitchConnectionOptions {
  /** `unix:PATH` or `tcp:HOST:PORT`. */
  readonly address: string;
  readonly bridge: string;
  readonly log: Log;
  /** Called after each connect. */
  readonly onUp: () => void;
  /** Called when a connection ends, and after each failed attempt. */
  readonly onDown: () => void;
  readonly onMessage: (message: AsyncMessage) => void;
}

export class SwitchConnection {
  readonly #options: SwitchConnectionOptions;
  #client: OpenFlowClient | undefined;
  #condition: Condition | undefined;
  /** The last connection over which a round has ended well. */
  #proved: OpenFlowClient | undefined;
  #wake = Promise.withResolvers<void>();

  constructor(options: SwitchConnectionOptions) {
    this.#options = options;
  }

  /** The client of the current connection; nothing while there is none. */
  get client(): OpenFlowClient | undefined {
    return this.#client;
  }

  /** Why there is no connection; nothing while there is one. */
  get condition(): Condition | undefined {
    return this.#client ? undefined : this.#condition;
  }

  /** Says that a round has ended well over this connection: it works in more than its first messages. */
  proved(client: OpenFlowClient): void {
    this.#proved = client;
  }

  /** Ends the pause before the next attempt. To be called when the bridge may have come. */
  hurry(): void {
    this.#wake.resolve();
  }

  /** Runs until the signal aborts. It never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff();
    while (!signal.aborted) {
      if (await this.#connected(signal)) backoff.reset();
      if (signal.aborted) return;
      this.#wake = Promise.withResolvers();
      const pause = new AbortController();
      await Promise.race([
        delay(backoff.next(), AbortSignal.any([signal, pause.signal])),
        this.#wake.promise,
      ]);
      pause.abort();
    }
  }

  /**
   * Connects, and waits until that connection ends.
   *
   * @returns Whether it was a success: a round has ended well over it, and it has lasted. A switch that breaks after its
   * first messages is no success, so that the pauses before the next attempts grow.
   */
  async #connected(signal: AbortSignal): Promise<boolean> {
    const { address, bridge, log, onMessage } = this.#options;
    try {
      await using client = await OpenFlowClient.connect(address, { signal, onMessage });
      const since = performance.now();
      this.#client = client;
      this.#condition = undefined;
      log.info("OpenFlow connected", { bridge, address });
      this.#options.onUp();
      const reason = await client.closed;
      this.#lost(reason ?? undefined, signal);
      return this.#proved === client && performance.now() - since >= LIMITS.switchSteady;
    } catch (error) {
      if (!signal.aborted) this.#failed(error as Error);
      return false;
    }
  }

  #lost(reason: Error | undefined, signal: AbortSignal): void {
    const { address, bridge, log, onDown } = this.#options;
    this.#client = undefined;
    const message = reason?.message ?? `Cannot reach "${address}": the connection is closed`;
    this.#condition = condition("Disconnected", message);
    if (signal.aborted) return;
    log.warning("OpenFlow connection lost", { bridge, error: message });
    onDown();
  }

  #failed(error: Error): void {
    const { bridge, log, onDown } = this.#options;
    const missing = error instanceof ProtocolMissingError;
    const next = missing ? protocolMissing(bridge) : condition("Disconnected", error.message);
    if (!isSame(next, this.#condition)) {
      log.warning("OpenFlow not connected", { bridge, error: error.message });
    }
    this.#condition = next;
    onDown();
  }
}

/** The condition of a bridge whose `protocols` do not include OpenFlow 1.5. */
export function protocolMissing(bridge: string): Condition {
  const cure = `run "ovs-vsctl add bridge ${bridge} protocols OpenFlow15", which disconnects its ` +
    "controller for a moment, or give --allow-protocol-change";
  return condition("ProtocolMissing", `Bridge "${bridge}" does not allow OpenFlow 1.5`, cure);
}
