/**
 * The connection to the server: events by fetch, not by EventSource, which could send no token. It comes back by itself.
 * @module
 */
import { EventText, type ServerEvent } from "./event_text.ts";
import type { Change, Link, Whole } from "./types.ts";
import { wait } from "./timer.ts";

export interface FeedOptions {
  onWhole(whole: Whole): void;
  onChange(change: Change): void;
  /** The server cannot read the state. */
  onProblem(message: string): void;
  /** @param detail What the server has said, if it refuses. */
  onLink(link: Link, detail: string): void;
}

const EVENTS = "api/v1/events";
const TOKEN = "sluice-token";
const UNAUTHORIZED = 401;
/** Milliseconds between two attempts. */
const PAUSE = 1000;
/** Milliseconds without an event after which the connection counts as dead: the server sends one every few seconds. */
const SILENCE = 20_000;

/** The token of this tab. `sluice web` puts it behind the address, where no server sees it. */
function firstToken(): string | null {
  const [, given] = /^#token=(\S+)$/.exec(location.hash) ?? [];
  if (given === undefined) return sessionStorage.getItem(TOKEN);
  sessionStorage.setItem(TOKEN, given);
  history.replaceState(null, "", location.pathname);
  return given;
}

export class Feed {
  readonly #options: FeedOptions;
  #token = firstToken();
  /** Ends the pause before the next attempt. */
  #again = new AbortController();

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Tries again with this token. */
  useToken(token: string): void {
    this.#token = token;
    sessionStorage.setItem(TOKEN, token);
    this.#again.abort();
  }

  /** Never ends. */
  async run(): Promise<never> {
    while (true) {
      const hasRefused = await this.#follow().catch(() => {
        this.#options.onLink("lost", "");
        return false;
      });
      this.#again = new AbortController();
      await wait(hasRefused ? 10 * PAUSE : PAUSE, this.#again.signal);
    }
  }

  /** @returns Whether the server has refused to tell. */
  async #follow(): Promise<boolean> {
    const end = new AbortController();
    const response = await fetch(EVENTS, {
      cache: "no-store",
      signal: end.signal,
      ...(this.#token !== null && { headers: { authorization: `Bearer ${this.#token}` } }),
    });
    if (!response.ok || !response.body) {
      const isToken = response.status === UNAUTHORIZED;
      this.#options.onLink(isToken ? "token" : "refused", await response.text());
      return true;
    }
    try {
      await this.#read(response.body.pipeThrough(new TextDecoderStream()).getReader());
    } finally {
      end.abort();
    }
    return false;
  }

  /** @throws {Error} When the connection has ended. */
  async #read(reader: ReadableStreamDefaultReader<string>): Promise<never> {
    const text = new EventText();
    while (true) {
      const part = await Promise.race([reader.read(), wait(SILENCE)]);
      if (!part || part.done) throw new Error(`Cannot read "${EVENTS}": no event comes any more`);
      for (const event of text.take(part.value)) this.#tell(event);
    }
  }

  #tell({ type, data }: ServerEvent): void {
    const { onWhole, onChange, onProblem, onLink } = this.#options;
    const value = JSON.parse(data);
    if (type === "state") onWhole(value);
    else if (type === "change") onChange(value);
    else return onProblem(value.message);
    onLink("live", "");
  }
}
