/** Writes Events about TrafficControls, one for each reason, with a count. `kubectl describe` shows them. @module */
import { createHash } from "node:crypto";
import { harmless, LIMITS } from "../../../core/api.ts";
import { ApiError } from "./api_errors.ts";
import type { ApiServer } from "./api_server.ts";
import type { KnownControl } from "./summary.ts";

/** The Namespace of Events about cluster-scoped objects is `default`. */
const PATH = "/api/v1/namespaces/default/events";
const [NOT_FOUND, CONFLICT] = [404, 409];
/** Milliseconds in which one reason is written at most once. */
const SHORTEST_INTERVAL = 10_000;
/** Length of the hash in an Event's name, in hexadecimal digits. */
const HASH_LENGTH = 16;

/** What an Event says. */
export interface Happening {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

export class Events {
  readonly #server: ApiServer;
  readonly #interval: number;
  /** For each Event by name: how often this agent wrote it, and when it did so last. */
  #told = new Map<string, { count: number; at: number }>();

  /** @param interval Milliseconds in which one reason is written at most once. */
  constructor(server: ApiServer, interval = SHORTEST_INTERVAL) {
    this.#server = server;
    this.#interval = interval;
  }

  /**
   * @returns Milliseconds until it may be written, as the last Event with this reason was not long ago; 0 if it is written.
   * @throws {ApiError} If the Event could not be written. The caller may try again.
   */
  async tell(control: KnownControl, given: Happening, signal: AbortSignal): Promise<number> {
    const name = nameOf(control, given);
    const happening = { ...given, message: harmless(given.message, LIMITS.eventText) };
    const before = this.#told.get(name);
    const wait = before ? before.at + this.#interval - performance.now() : 0;
    if (wait > 0) return wait;
    const count = (before?.count ?? 0) + 1;
    const again = before !== undefined && await this.#again(name, { ...happening, count }, signal);
    if (!again) await this.#create(toObject(name, control, happening), happening, signal);
    this.#told.set(name, { count, at: performance.now() });
    return 0;
  }

  /** @returns Whether the Event still exists: by default the server deletes Events after an hour. */
  async #again(
    name: string,
    { message, count }: Happening & { readonly count?: number },
    signal: AbortSignal,
  ): Promise<boolean> {
    try {
      await this.#server.json(`${PATH}/${name}`, {
        method: "PATCH",
        contentType: "application/merge-patch+json",
        signal,
        body: { message, lastTimestamp: now(), ...(count !== undefined && { count }) },
      });
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === NOT_FOUND) return false;
      throw error;
    }
  }

  async #create(body: EventObject, happening: Happening, signal: AbortSignal): Promise<void> {
    try {
      await this.#server.json(PATH, { method: "POST", signal, body });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== CONFLICT) throw error;
      await this.#again(body.metadata.name, happening, signal); // An earlier leader made it
    }
  }
}

interface EventObject {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly [field: string]: unknown;
}

const now = () => new Date().toISOString().replace(/\.\d+Z$/, "Z");

function nameOf({ name, uid }: KnownControl, { reason }: Happening): string {
  const hash = createHash("sha256").update(`${uid} ${reason}`).digest("hex");
  return `${name}.${hash.slice(0, HASH_LENGTH)}`;
}

function toObject(
  name: string,
  control: KnownControl,
  { type, reason, message }: Happening,
): EventObject {
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: "default" },
    involvedObject: {
      apiVersion: "crd.antrea.io/v1alpha2",
      kind: "TrafficControl",
      name: control.name,
      uid: control.uid,
    },
    type,
    reason,
    message,
    count: 1,
    firstTimestamp: now(),
    lastTimestamp: now(),
    source: { component: "sluice-agent" },
  };
}
