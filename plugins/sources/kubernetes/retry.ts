/** Decides when to ask the API server again after failures, what is told about them, and when to list again. @module */
import { after, Backoff, delay, LIMITS } from "../../../core/api.ts";
import { ApiError, SilentServerError } from "./api_errors.ts";

/** Milliseconds between two attempts. With these pauses, objects arrive within five seconds after an outage. */
const PAUSE = { minimum: 100, maximum: 3000 } as const;
/** Milliseconds after which a watch counts as good, although no event has come. */
const GOOD_AFTER = 3000;
/** HTTP statuses: the server does not know the resource version any more; it has too much to do. */
const [GONE, TOO_MANY_REQUESTS] = [410, 429];

const hasStatus = (error: unknown, status: number) =>
  error instanceof ApiError && error.status === status;

export interface RetryOptions {
  readonly signal: AbortSignal;
  /** Called with the reason when listing or watching fails, and with `undefined` when it works. */
  readonly onState: (problem: Error | undefined) => void;
}

/** One watch that the server has begun. */
export interface Attempt extends Disposable {
  /** Whether it has lasted for some time, or an event has come. */
  readonly isGood: boolean;
  /** A change or a bookmark has come. */
  heard(): void;
}

/**
 * Pauses after failures: each time longer, up to a maximum, unless the server asks for a longer pause. That the server
 * begins an answer is no success yet: it may fail each time right after that.
 */
export class Retry {
  readonly #backoff = new Backoff(PAUSE);
  readonly #options: RetryOptions;
  /** When the pauses became short again: milliseconds of a monotonic clock. */
  #resetAt = -Infinity;
  /** Failures of watches since the last success or list. */
  #failures = 0;
  /** Answers 410 since the last success. */
  #expired = 0;

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /** A list is complete. The problem that was told before may be that of the watch, so it is still told. */
  listed(): void {
    this.#failures = 0;
  }

  opened(): Attempt {
    let isGood = false;
    const heard = () => {
      isGood = true;
      this.#succeeded();
    };
    const timer = after(GOOD_AFTER, heard);
    return {
      get isGood() {
        return isGood;
      },
      heard,
      [Symbol.dispose]: () => timer.stop(),
    };
  }

  /** Pauses become short again at most once in the time of the longest one: each event may be the last of its watch. */
  #succeeded(): void {
    this.#failures = this.#expired = 0;
    this.#options.onState(undefined);
    const now = performance.now();
    if (now - this.#resetAt < PAUSE.maximum) return;
    this.#resetAt = now;
    this.#backoff.reset();
  }

  /** The pause between a watch that was good and the next one. */
  async pause(): Promise<void> {
    await delay(this.#backoff.next(), this.#options.signal);
  }

  /**
   * Counts the failure of a watch.
   *
   * @returns Whether the objects must be listed again: the server has forgotten the version, or watches fail again and
   * again. It need not be 410 that says so: after a restore of etcd, versions can be ahead of the server's.
   */
  mustList(error: unknown): boolean {
    if (hasStatus(error, GONE)) return true;
    // A list would not help here: the server does not answer, or has too much to do
    const isMore = !(error instanceof SilentServerError) && !hasStatus(error, TOO_MANY_REQUESTS);
    if (isMore) this.#failures++;
    return this.#failures >= LIMITS.watchFailures;
  }

  /** Tells the failure, and waits. One answer 410 is usual, and not told. */
  async after(error: Error): Promise<void> {
    const { signal, onState } = this.#options;
    if (signal.aborted) return;
    if (!hasStatus(error, GONE) || ++this.#expired > 1) onState(error);
    const asked = error instanceof ApiError ? error.retryAfter : PAUSE.minimum;
    const waited = error instanceof SilentServerError ? error.waited : 0;
    await delay(Math.max(asked, this.#backoff.next() - waited), signal);
  }
}
