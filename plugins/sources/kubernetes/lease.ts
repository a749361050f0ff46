/** Elects one of all agents by a Lease: Kubernetes documentation, "Leases". @module */
import { after, delay, LIMITS } from "../../../core/api.ts";
import { ApiError, retryAfterOf } from "./api_errors.ts";
import type { ApiServer } from "./api_server.ts";
import type { Pace } from "./pace.ts";

/** Milliseconds. With these times another agent leads at most 10 seconds after the leader's last renewal. */
const TERM = 8000;
const RENEW_INTERVAL = 2500;
const RETRY_INTERVAL = 2000;
/** Name of the Lease. */
export const NAME = "sluice-leader";
const [NOT_FOUND, CONFLICT] = [404, 409];

interface Lease {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export interface ElectionOptions {
  readonly server: ApiServer;
  readonly namespace: string;
  /** A name that no other agent has. */
  readonly identity: string;
  /** Hears what the Lease says, and says how often to look at it. */
  readonly pace: Pace;
  readonly signal: AbortSignal;
  readonly onState: (problem: Error | undefined) => void;
}

export class Election {
  readonly #options: ElectionOptions;
  readonly #path: string;
  /**
   * The version of the Lease while another agent holds it, and when this agent first saw that version. It does not rely
   * on the times in the Lease, as the clocks of nodes differ.
   */
  #seen = { version: "", at: -Infinity };

  constructor(options: ElectionOptions) {
    this.#options = options;
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${options.namespace}/leases`;
  }

  /** Runs `lead` whenever this agent is elected. The signal of `lead` aborts when it is not the leader any more. */
  async run(lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      const lease = await this.#tryAcquire();
      if (lease) await this.#term(lease, lead);
      await delay(this.#pause, signal);
    }
  }

  async #term(first: Lease, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#options;
    const over = new AbortController();
    const term = AbortSignal.any([signal, over.signal]);
    const leading = lead(term);
    let [lease, expiry] = [first, this.#expiry(over)];
    while (!term.aborted) {
      await delay(RENEW_INTERVAL, term);
      const renewed = term.aborted ? undefined : await this.#write(lease);
      if (renewed) {
        expiry.stop();
        [lease, expiry] = [renewed, this.#expiry(over)];
      } else if (this.#lost) over.abort();
    }
    expiry.stop();
    await leading;
    if (signal.aborted) await this.#release(lease);
  }

  /** Ends the term in time, also while a request of renewal has no answer yet: then another agent may lead. */
  #expiry(over: AbortController) {
    const end = this.#writtenAt + TERM - RETRY_INTERVAL;
    return after(end - performance.now(), () => over.abort());
  }

  #lost = false;
  /** When the last writing request was sent: the server may have written the Lease as soon as that. */
  #writtenAt = -Infinity;
  /** Milliseconds until the next attempt. */
  #pause = RETRY_INTERVAL;

  /** @returns The Lease if this agent holds it now. */
  async #tryAcquire(): Promise<Lease | undefined> {
    this.#lost = false;
    this.#pause = RETRY_INTERVAL;
    try {
      const lease = await this.#ask(`${this.#path}/${NAME}`, "GET");
      this.#hear(lease);
      if (this.#isFree(lease)) return await this.#write(lease);
      if (!looksOld(lease)) this.#pause = this.#options.pace.untilLook();
      this.#options.onState(undefined); // Another agent leads, which is no problem
      return undefined;
    } catch (error) {
      if (error instanceof ApiError && error.status === NOT_FOUND) return await this.#create();
      this.#pause = Math.max(RETRY_INTERVAL, retryAfterOf(error));
      this.#options.onState(error as Error);
      return undefined;
    }
  }

  #isFree({ metadata: { resourceVersion = "" }, spec }: Lease): boolean {
    if (!spec.holderIdentity || spec.holderIdentity === this.#options.identity) return true;
    if (resourceVersion !== this.#seen.version) {
      this.#seen = { version: resourceVersion, at: performance.now() };
    }
    return performance.now() - this.#seen.at > (spec.leaseDurationSeconds ?? 0) * 1000;
  }

  #hear({ metadata: { annotations }, spec: { holderIdentity: holder } }: Lease): void {
    this.#options.pace.hear({ holder, annotations });
  }

  #create(): Promise<Lease | undefined> {
    return this.#write({ metadata: { name: NAME }, spec: {} }, "POST");
  }

  /** @returns The written Lease; `undefined` if another agent wrote it first, or the server does not answer. */
  async #write(
    { metadata, spec }: Lease,
    method: "PUT" | "POST" = "PUT",
  ): Promise<Lease | undefined> {
    const { identity, onState, pace } = this.#options;
    const now = microTime();
    const isHeld = spec.holderIdentity === identity;
    const renewed = {
      holderIdentity: identity,
      leaseDurationSeconds: TERM / 1000,
      acquireTime: isHeld ? spec.acquireTime ?? now : now,
      renewTime: now,
      leaseTransitions: (spec.leaseTransitions ?? 0) + (isHeld ? 0 : 1),
    };
    this.#writtenAt = performance.now();
    try {
      const path = method === "PUT" ? `${this.#path}/${NAME}` : this.#path;
      const annotations = { ...metadata.annotations, ...pace.annotations };
      const object = toObject({ ...metadata, annotations }, renewed);
      const written = await this.#ask(path, method, object);
      onState(undefined);
      this.#hear(written);
      return written;
    } catch (error) {
      this.#lost = error instanceof ApiError && error.status === CONFLICT;
      if (!this.#lost) onState(error as Error);
      return undefined;
    }
  }

  /** Gives the Lease up, so that another agent need not wait for its end. If that fails, the other agent waits. */
  async #release({ metadata, spec }: Lease): Promise<void> {
    const { holderIdentity: _, ...rest } = spec;
    await this.#ask(`${this.#path}/${NAME}`, "PUT", toObject(metadata, rest)).catch(() => {});
  }

  /** Sends a request with a time limit of its own, so that it works also while the agent ends. */
  #ask(path: string, method: "GET" | "PUT" | "POST", body?: object): Promise<Lease> {
    return this.#options.server.json(path, {
      method,
      timeout: LIMITS.leaseRequest,
      ...(body && { body }),
    });
  }
}

function toObject(
  { name, resourceVersion, annotations }: Lease["metadata"],
  spec: Lease["spec"],
): object {
  const metadata = {
    name,
    ...(resourceVersion && { resourceVersion }),
    ...(annotations && { annotations }),
  };
  return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec };
}

/** Whether the Lease has not been renewed in time by this node's clock, which may be wrong: then it is watched closely. */
function looksOld({ spec: { renewTime = "" } }: Lease): boolean {
  return Date.now() - Date.parse(renewTime) > TERM;
}

/** The present time as a MicroTime of meta/v1. */
function microTime(): string {
  return new Date().toISOString().replace("Z", "000Z");
}
