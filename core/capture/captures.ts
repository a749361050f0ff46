/** The sessions of `sluice capture` on this node, and what is answered to those who ask for one. @module */
import type { Log } from "../base/log.ts";
import { LIMITS } from "../base/limits.ts";
import { harmless } from "../base/foreign_text.ts";
import { delay } from "../base/timer.ts";
import type { Registries } from "../contracts/registry.ts";
import { stream } from "../report/http_server.ts";
import { CaptureRefused, readRequest, STATUS } from "./request.ts";
import { Session } from "./session.ts";
import type { CaptureBridge, CaptureLimits } from "./tap.ts";

export interface CapturesOptions {
  readonly bridges: readonly CaptureBridge[];
  readonly registries: () => Registries;
  /** The program that writes, with its version. */
  readonly application: string;
  readonly log: Log;
  /** Others than those of the table, for tests. */
  readonly limits?: Partial<CaptureLimits>;
}

/** Says in the answer which session it is. */
export const SESSION_HEADER = "sluice-session";
const PLAIN = { "content-type": "text/plain; charset=utf-8" };
const PCAPNG = "application/x-pcapng";

export class Captures {
  readonly #options: CapturesOptions;
  readonly #sessions = new Map<string, Session>();
  /** The places that are taken, from the beginning of a session until the switch has forgotten it. */
  readonly #places = new Set<number>();
  readonly #end = new AbortController();

  constructor(options: CapturesOptions) {
    this.#options = options;
  }

  /** Answers `GET /api/v1/capture` with a session, and `GET /api/v1/capture/end` by ending one. */
  async answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    try {
      if (pathname.endsWith("/end")) return this.#endOne(searchParams.get("session") ?? "");
      return await this.#beginOne(request, searchParams);
    } catch (error) {
      if (!(error instanceof CaptureRefused)) throw error;
      const text = `${harmless(error.message, Infinity)}\n`;
      return new Response(text, { status: error.status, headers: PLAIN });
    }
  }

  async #beginOne(request: Request, params: URLSearchParams): Promise<Response> {
    const { registries, ...more } = this.#options;
    const limits = { ...LIMITS, ...this.#options.limits };
    const options = { ...more, registries: registries(), request: readRequest(params), limits };
    const place = this.#takePlace();
    const free = () => this.#places.delete(place);
    const { signal } = this.#end;
    const session = await Session.begin({ ...options, place, signal }).catch((error) => {
      free();
      throw error;
    });
    const id = crypto.randomUUID();
    this.#sessions.set(id, session);
    void session.ended.then(() => {
      free();
      this.#sessions.delete(id);
    });
    const gone = () => void session.end("client");
    request.signal.addEventListener("abort", gone);
    if (request.signal.aborted) gone();
    return stream(session.body, { "content-type": PCAPNG, [SESSION_HEADER]: id });
  }

  #takePlace(): number {
    for (let place = 0; place < LIMITS.captureSessions; place++) {
      if (this.#places.has(place)) continue;
      this.#places.add(place);
      return place;
    }
    throw new CaptureRefused(
      STATUS.tooMany,
      `Cannot capture: this node has ${LIMITS.captureSessions} sessions already: end another one first`,
    );
  }

  #endOne(id: string): Response {
    const session = this.#sessions.get(id);
    if (!session) {
      throw new CaptureRefused(STATUS.notFound, "Cannot end the capture: no such session");
    }
    void session.end("client");
    return new Response("ok\n", { headers: PLAIN });
  }

  /** Ends all sessions, as far as their switches let them end in time. */
  async end(): Promise<void> {
    const ends = [...this.#sessions.values()].map((session) => session.end("agent"));
    if (ends.length === 0) return;
    const ended = new AbortController();
    await Promise.race([Promise.all(ends), delay(LIMITS.captureEnd, ended.signal)]);
    ended.abort();
  }

  /** The bridges are not written to any more. */
  [Symbol.dispose](): void {
    this.#end.abort();
  }
}
