/**
 * The state for those who watch it: `GET /api/v1/events`, as server-sent events (HTML standard, "Server-sent events").
 * The state is read at most once a second for all of them together, and never while nobody watches.
 * @module
 */
import { harmless, harmlessValues } from "../base/foreign_text.ts";
import { LIMITS } from "../base/limits.ts";
import { after, delay } from "../base/timer.ts";
import { stream } from "./http_server.ts";
import { type Item, StateChanges } from "./state_changes.ts";

export interface LiveOptions {
  /** What the state is about: one node, or a cluster. */
  readonly mode: "node" | "cluster";
  read(): Promise<object>;
  /** Waits until the state may have changed, or the signal aborts. Counters may change at any time. */
  changed(signal: AbortSignal): Promise<void>;
  /** Others than those of the table, for tests: milliseconds. */
  readonly pauses?: Partial<Pauses>;
}

interface Pauses {
  /** The least between two readings. */
  readonly shortest: number;
  /** The most between two readings: counters go on although nothing else happens. */
  readonly longest: number;
}

const PAUSES: Pauses = { shortest: LIMITS.eventPause, longest: 2 * LIMITS.eventPause };
/** Reading the state takes at most this part of the time, however long it takes. */
const SHARE = 0.1;
/** Events that may wait for a client. A client with more has its next event when it has read them: the whole state. */
const MOST_WAITING = 4;

const HEADERS = { "content-type": "text/event-stream" } as const;

class Watcher {
  readonly #controller: ReadableStreamDefaultController<Uint8Array>;
  /** Whether it has missed an event, or has had none yet. */
  #isBehind = true;

  constructor(controller: ReadableStreamDefaultController<Uint8Array>) {
    this.#controller = controller;
  }

  /** @param whole Gives the event with the whole state; nothing while there is none. */
  tell(event: Uint8Array, whole: () => Uint8Array | undefined): void {
    if ((this.#controller.desiredSize ?? 0) <= 0) {
      this.#isBehind = true;
      return;
    }
    const given = this.#isBehind ? whole() : event;
    this.#isBehind &&= given === undefined;
    this.#controller.enqueue(given ?? event);
  }

  close(): void {
    this.#controller.close();
  }
}

const ENCODER = new TextEncoder();
/** JSON has no line ends, so it is one line of data. */
const eventOf = (type: string, data: object) =>
  ENCODER.encode(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);

/** From the first client that watches until none does. */
class Session {
  readonly watchers = new Set<Watcher>();
  readonly #end = new AbortController();
  readonly #options: LiveOptions;
  readonly #changes = new StateChanges();
  #state: { readonly at: number; readonly state: Item } | undefined;

  constructor(options: LiveOptions) {
    this.#options = options;
    void this.#run({ ...PAUSES, ...options.pauses }, this.#end.signal);
  }

  end(): void {
    this.#end.abort();
  }

  /** A client that comes later need not wait for the next reading. */
  welcome(watcher: Watcher): void {
    this.watchers.add(watcher);
    const whole = this.#whole();
    if (whole) watcher.tell(whole, () => whole);
  }

  async #run({ shortest, longest }: Pauses, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const began = performance.now();
      await this.#tell();
      const pause = Math.max(shortest, (performance.now() - began) / SHARE);
      await delay(pause - (performance.now() - began), signal);
      const end = new AbortController();
      using _timer = after(longest - pause, () => end.abort());
      await this.#options.changed(AbortSignal.any([signal, end.signal]));
    }
  }

  async #tell(): Promise<void> {
    const event = await this.#next();
    let whole: Uint8Array | undefined; // made once, for all who need it
    for (const watcher of this.watchers) watcher.tell(event, () => whole ??= this.#whole());
  }

  async #next(): Promise<Uint8Array> {
    try {
      const state = await this.#options.read() as Item;
      const at = Date.now();
      this.#state = { at, state };
      return eventOf("change", { at, ...harmlessValues(this.#changes.next(state)) });
    } catch (error) {
      return eventOf("problem", { message: harmless((error as Error).message, Infinity) });
    }
  }

  #whole(): Uint8Array | undefined {
    if (!this.#state) return undefined;
    const { at, state } = this.#state;
    return eventOf("state", { mode: this.#options.mode, at, state: harmlessValues(state) });
  }
}

export class LiveState {
  readonly #options: LiveOptions;
  #session: Session | undefined;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  /** An answer that goes on until the client goes, or the signal aborts. */
  answer(signal: AbortSignal): Response {
    let leave = () => {};
    const start = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      const watcher = new Watcher(controller);
      const session = this.#session ??= new Session(this.#options);
      session.welcome(watcher);
      const end = () => {
        leave();
        watcher.close();
      };
      leave = () => {
        signal.removeEventListener("abort", end);
        this.#leave(session, watcher);
      };
      signal.addEventListener("abort", end);
    };
    const body = new ReadableStream<Uint8Array>({ start, cancel: () => leave() }, {
      highWaterMark: MOST_WAITING,
    });
    return stream(body, HEADERS);
  }

  #leave(session: Session, watcher: Watcher): void {
    session.watchers.delete(watcher);
    if (session.watchers.size > 0) return;
    session.end();
    if (this.#session === session) this.#session = undefined;
  }
}
