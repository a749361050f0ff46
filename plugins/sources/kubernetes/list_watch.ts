/**
 * Lists the objects of one resource and then watches their changes; after a failure it begins again. Kubernetes
 * documentation, "Kubernetes API Concepts", efficient detection of changes. @module
 */
import { Backoff, delay, type ObjectEvent, type ObjectKey, timeLimit } from "../../../core/api.ts";
import { ApiError, type ApiServer, SilentServerError } from "./api_server.ts";
import { jsonLines } from "./json_lines.ts";

/** How many objects one answer may hold. */
const PAGE = 500;
/** Seconds after which the server ends a watch. The number is random, so that not all agents come back at once. */
const WATCH = { shortest: 300, longest: 600 } as const;
/** Milliseconds between two attempts. With these pauses, objects arrive within five seconds after an outage. */
const PAUSE = { minimum: 100, maximum: 3000 } as const;
/** Milliseconds for one page of a list. */
const PAGE_TIMEOUT = 60_000;
/** HTTP status: the server does not know the resource version any more. */
const GONE = 410;

/** A resource to watch. */
export interface Resource {
  readonly path: string;
  /** Query parameters, e.g. `fieldSelector=spec.nodeName=a`. */
  readonly query?: Readonly<Record<string, string>>;
  /** @returns The part of an object that is kept. */
  slim(object: KubeObject): object;
}

/** An object of Kubernetes of any kind. */
export interface KubeObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export interface ListWatchOptions {
  readonly signal: AbortSignal;
  /** Milliseconds without data after which a watch counts as dead. The server sends a bookmark each minute. */
  readonly silence: number;
  /** Called with the reason when listing or watching fails, and with `undefined` when it works. */
  readonly onState: (problem: Error | undefined) => void;
}

interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  // deno-lint-ignore no-explicit-any -- an object, or a Status
  readonly object: any;
}

const isExpired = (error: unknown) => error instanceof ApiError && error.status === GONE;

/** Yields a snapshot first and after any gap, and then changes. It ends when the signal aborts. */
export async function* listWatch(
  server: ApiServer,
  resource: Resource,
  options: ListWatchOptions,
): AsyncGenerator<ObjectEvent> {
  const { signal } = options;
  const retry = new Retry(options);
  while (!signal.aborted) {
    try {
      const { objects, version } = await list(server, resource, signal);
      retry.answered();
      yield { type: "snapshot", objects };
      yield* watch(server, resource, { ...options, version, retry });
    } catch (error) {
      await retry.after(error as Error);
    }
  }
}

/** Pauses after failures: each time longer, up to a maximum, unless the server asks for a longer pause. */
class Retry {
  readonly #backoff = new Backoff(PAUSE);
  readonly #options: ListWatchOptions;
  /** Since when the server answers: milliseconds of a monotonic clock. */
  #since = Infinity;

  constructor(options: ListWatchOptions) {
    this.#options = options;
  }

  /**
   * The server has answered, so nothing is wrong now. The pauses stay long until it has answered for some time or has sent
   * an event: a server that answers and then fails, each time, must not be asked too often.
   */
  answered(): void {
    this.#options.onState(undefined);
    this.#since = Math.min(this.#since, performance.now());
  }

  /** A change or a bookmark has come. */
  heard(): void {
    this.#backoff.reset();
    this.#options.onState(undefined);
  }

  async after(error: Error): Promise<void> {
    const { signal, onState } = this.#options;
    if (signal.aborted) return;
    if (!isExpired(error)) onState(error);
    if (performance.now() - this.#since > PAUSE.maximum) this.#backoff.reset();
    this.#since = Infinity;
    const asked = error instanceof ApiError ? error.retryAfter : PAUSE.minimum;
    const waited = error instanceof SilentServerError ? error.waited : 0;
    await delay(Math.max(asked, this.#backoff.next() - waited), signal);
  }
}

async function list(server: ApiServer, { path, query, slim }: Resource, signal: AbortSignal) {
  const objects: object[] = [];
  let [version, more] = ["", ""];
  do {
    const parameters = new URLSearchParams({ ...query, limit: `${PAGE}` });
    if (more) parameters.set("continue", more);
    const page = await server.json(`${path}?${parameters}`, {
      signal: AbortSignal.any([signal, timeLimit(PAGE_TIMEOUT)]),
    });
    for (const item of page.items) objects.push(slim(item));
    version = page.metadata.resourceVersion;
    more = page.metadata.continue ?? "";
  } while (more);
  return { objects, version };
}

/** @throws {ApiError} With status 410 if the objects must be listed again. */
async function* watch(
  server: ApiServer,
  resource: Resource,
  options: ListWatchOptions & { readonly version: string; readonly retry: Retry },
): AsyncGenerator<ObjectEvent> {
  const { signal, silence, retry } = options;
  let { version } = options;
  while (!signal.aborted) {
    const end = new AbortController();
    const onSilence = () => {
      server.renew();
      end.abort(
        new SilentServerError(
          `Cannot hear the API server at "${server.url}": silent for ${silence / 1000} s`,
          silence,
        ),
      ); // deno-fmt-ignore
    };
    try {
      const both = AbortSignal.any([signal, end.signal]);
      const response = await server.request(watchPath(resource, version), { signal: both });
      retry.answered();
      for await (const event of jsonLines(response.body!, silence, onSilence)) {
        const { type, object } = event as WatchEvent;
        if (type === "ERROR") throw toError(object);
        retry.heard();
        version = object.metadata.resourceVersion;
        if (type !== "BOOKMARK") yield toEvent(type, object, resource);
      }
      end.signal.throwIfAborted();
      await delay(PAUSE.minimum, signal); // The server may end each watch at once: do not ask in a tight loop
    } catch (error) {
      if (isExpired(error)) throw error;
      await retry.after(end.signal.aborted ? end.signal.reason : error as Error);
    }
  }
}

function watchPath({ path, query }: Resource, resourceVersion: string): string {
  const { shortest, longest } = WATCH;
  const seconds = Math.round(shortest + Math.random() * (longest - shortest));
  const parameters = new URLSearchParams({
    ...query,
    watch: "1",
    allowWatchBookmarks: "true",
    resourceVersion,
    timeoutSeconds: `${seconds}`,
  });
  return `${path}?${parameters}`;
}

function toError({ code = 0, message }: { code?: number; message?: string }): ApiError {
  return new ApiError(`Cannot watch: ${message}`, code);
}

function toEvent(type: string, object: KubeObject, { slim }: Resource): ObjectEvent {
  if (type !== "DELETED") return { type: "set", object: slim(object) };
  const { namespace, name } = object.metadata;
  const key: ObjectKey = namespace === undefined ? { name } : { namespace, name };
  return { type: "delete", key };
}
