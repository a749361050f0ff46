/**
 * Lists the objects of one resource and then watches their changes; after a failure it begins again. Kubernetes
 * documentation, "Kubernetes API Concepts", efficient detection of changes. @module
 */
import {
  harmless,
  LIMITS,
  type ObjectEvent,
  type ObjectKey,
  SluiceError,
  TooLargeError,
} from "../../../core/api.ts";
import { ApiError, SilentServerError } from "./api_errors.ts";
import {
  type ApiServer,
  type JsonRequest,
  METADATA_LIST_ONLY,
  METADATA_ONLY,
} from "./api_server.ts";
import { jsonLines } from "./json_lines.ts";
import { Retry } from "./retry.ts";

/** Seconds after which the server ends a watch. The number is random, so that not all agents come back at once. */
const WATCH = { shortest: 300, longest: 600 } as const;
/** A resource to watch. */
export interface Resource {
  readonly path: string;
  /** Query parameters, e.g. `fieldSelector=spec.nodeName=a`. */
  readonly query?: Readonly<Record<string, string>>;
  /** Whether only the metadata of the objects is asked for. */
  readonly metadataOnly?: true;
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
      retry.listed();
      yield { type: "snapshot", objects };
      yield* watch(server, resource, { ...options, version, retry });
    } catch (error) {
      await retry.after(error as Error);
    }
  }
}

/** Lists all objects, page by page. @throws {SluiceError} If the list has no end, or is no list. */
export async function list(server: ApiServer, resource: Resource, signal: AbortSignal) {
  const { path, query, slim, metadataOnly } = resource;
  const accept = metadataOnly && METADATA_LIST_ONLY;
  const objects: object[] = [];
  let [continued, size, pages] = ["", LIMITS.listPageObjects as number, 0];
  while (true) {
    const parameters = new URLSearchParams({ ...query, limit: `${size}` });
    if (continued) parameters.set("continue", continued);
    const asked = { signal, ...(accept && { accept }) };
    const page = await listPage(server, `${path}?${parameters}`, asked);
    if (page === undefined) {
      if (size === 1) throw new SluiceError(`Cannot list "${path}": an object is too large`);
      size = Math.ceil(size / 2);
      continue;
    }
    for (const item of page.items) objects.push(slim(checkedObject(item, path)));
    const { resourceVersion: version, continue: more = "" } = page.metadata;
    if (!more) return { objects, version };
    if (objects.length > LIMITS.listObjects || ++pages >= LIMITS.listPages) {
      throw new SluiceError(
        `Cannot list "${path}": it does not end after ${objects.length} objects`,
      );
    }
    continued = more;
  }
}

interface Page {
  readonly items: readonly KubeObject[];
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

/** @returns Nothing if the page is too large. */
async function listPage(
  server: ApiServer,
  path: string,
  request: JsonRequest,
): Promise<Page | undefined> {
  try {
    return checkedPage(await server.json(path, { ...request, most: LIMITS.listPage }), path);
  } catch (error) {
    if (error instanceof TooLargeError) return undefined;
    throw error;
  }
}

const isText = (value: unknown) => typeof value === "string" && value !== "";

/** @throws {SluiceError} If the answer is not a page of a list. */
function checkedPage(page: unknown, path: string): Page {
  const { items, metadata } = Object(page) as { items?: Page["items"] | null } & Partial<Page>;
  // The server writes an empty list of metadata as null
  if ((Array.isArray(items) || items === null) && isText(Object(metadata).resourceVersion)) {
    return { items: items ?? [], metadata: metadata! };
  }
  throw new SluiceError(`Cannot list "${path}": the answer has no items and no resourceVersion`);
}

/** A wrong name costs only its object, which is refused by whoever reads it. @throws {SluiceError} If it is no object. */
function checkedObject(object: unknown, path: string): KubeObject {
  const { metadata } = Object(object);
  if (typeof metadata === "object" && metadata !== null) return object as KubeObject;
  throw new SluiceError(`Cannot use objects of "${path}": one has no metadata`);
}

/** @throws {SluiceError} If the event has no object of its type. */
function checkedEvent(event: unknown, path: string): WatchEvent {
  const { type, object } = Object(event) as Partial<WatchEvent>;
  if (type === "ERROR") return { type, object: Object(object) };
  if (isText(Object(Object(object).metadata).resourceVersion)) return event as WatchEvent;
  throw new SluiceError(`Cannot watch "${path}": an event has no object with a resourceVersion`);
}

/** @throws {Error} If the objects must be listed again. */
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
      end.abort(silent(server, silence));
    };
    try {
      const both = AbortSignal.any([signal, end.signal]);
      const response = await server.request(watchPath(resource, version), {
        signal: both,
        ...(resource.metadataOnly && { accept: METADATA_ONLY }),
      });
      using attempt = retry.opened();
      for await (const event of jsonLines(response.body!, silence, onSilence)) {
        const { type, object } = checkedEvent(event, resource.path);
        if (type === "ERROR") throw toError(object);
        attempt.heard();
        version = object.metadata.resourceVersion;
        if (type !== "BOOKMARK") yield toEvent(type, object, resource);
      }
      end.signal.throwIfAborted();
      if (!attempt.isGood) {
        throw new SluiceError(`Cannot watch "${resource.path}": it ends at once`);
      }
      await retry.pause();
    } catch (error) {
      const cause = end.signal.aborted ? end.signal.reason : error;
      if (retry.mustList(cause)) throw cause;
      await retry.after(cause);
    }
  }
}

function silent({ url }: ApiServer, silence: number): SilentServerError {
  const message = `Cannot hear the API server at "${url}": silent for ${silence / 1000} s`;
  return new SilentServerError(message, silence);
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
  return new ApiError(`Cannot watch: ${harmless(`${message}`, LIMITS.serverText)}`, code);
}

function toEvent(type: string, object: KubeObject, { slim }: Resource): ObjectEvent {
  if (type !== "DELETED") return { type: "set", object: slim(object) };
  const { namespace, name } = object.metadata;
  const key: ObjectKey = namespace === undefined ? { name } : { namespace, name };
  return { type: "delete", key };
}
