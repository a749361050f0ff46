/** A lock of the OVSDB server, which only one connection has at a time: RFC 7047 sections 4.1.8 to 4.1.10. @module */
import { delay } from "../base/timer.ts";
import { LIMITS } from "../base/limits.ts";
import type { OvsdbClient } from "./client.ts";
import type { Operation } from "./transaction.ts";

export interface LockOptions {
  /** The name of the lock: letters, digits and underscores, not first a digit (RFC 7047 section 3.1, `<id>`). */
  readonly id: string;
  /** Takes the lock from the connection that has it. That one gets it back when this one ends. */
  readonly steal?: true;
}

/** Whether this session has the lock, or waits until the connection that has it gives it up. */
export type LockState = "held" | "waiting";

/** The lock of one session, over all its connections. */
export class Lock {
  readonly #options: LockOptions;
  readonly #onNews: () => void;
  #state: LockState = "waiting";
  /** What the server has told of the lock since it was asked for. */
  #news: LockState | undefined;
  /** Another connection had the lock when it was asked for last. */
  #wasRefused = false;

  /** @param onNews Is called after the server has told that the lock was given to this session or taken from it. */
  constructor(options: LockOptions, onNews: () => void) {
    this.#options = options;
    this.#onNews = onNews;
  }

  get state(): LockState {
    return this.#state;
  }

  /**
   * Asks for the lock. The server then tells when it is free. A session that had to wait for another one over its last
   * connection lets that one ask first, so that a restart of the server does not change who has the lock.
   */
  async ask(client: OvsdbClient, signal: AbortSignal): Promise<void> {
    if (this.#wasRefused) await delay(LIMITS.lockCourtesy, signal);
    this.#news = undefined;
    const { id, steal } = this.#options;
    const { locked } = Object(await client.request(steal ? "steal" : "lock", [id]));
    this.#set(this.#news ?? (locked === true ? "held" : "waiting"));
  }

  /** Takes a notification of the server: `locked` or `stolen`. */
  hears(method: string, params: unknown): void {
    if (!Array.isArray(params) || params[0] !== this.#options.id) return;
    if (method !== "locked" && method !== "stolen") return;
    this.#news = method === "locked" ? "held" : "waiting";
    this.#set(this.#news);
    this.#onNews();
  }

  /** The connection has ended, and with it the lock. */
  lose(): void {
    this.#state = "waiting";
  }

  #set(state: LockState): void {
    this.#wasRefused = state === "waiting";
    this.#state = state;
  }

  /** Lets a transaction fail, by a NotOwnerError, unless this connection has the lock: RFC 7047 section 5.2.10. */
  assertion(): Operation {
    return { op: "assert", lock: this.#options.id };
  }
}

/**
 * Whether any connection has the lock. It asks for the lock, and gives it up at once.
 *
 * @param client Its connection must not have asked for the lock.
 */
export async function isLocked(client: OvsdbClient, id: string): Promise<boolean> {
  const { locked } = Object(await client.request("lock", [id]));
  await client.request("unlock", [id]);
  return locked !== true;
}
