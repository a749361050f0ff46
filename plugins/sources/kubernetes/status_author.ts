/**
 * Notices that another agent writes the same TrafficControlNodeStatus. Two agents with one node name would overwrite what
 * each other reports, without an error.
 * @module
 */
import { harmless } from "../../../core/api.ts";
import type { ApiServer } from "./api_server.ts";

/** Annotation of the status object: which agent has written it last. */
export const AUTHOR = "sluice.dev/agent";
/** Milliseconds between two looks at the object. */
const LOOK_INTERVAL = 10_000;
/** Number of looks without another agent after which there is none any more: it takes a look as often as this agent. */
const CALM_LOOKS = 3;

export interface StatusAuthorOptions {
  readonly server: ApiServer;
  readonly node: string;
  /** The resource of the object. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** Called with the reason when there is another agent, and with `undefined` when there is none any more. */
  readonly onState: (problem: Error | undefined) => void;
}

export class StatusAuthor {
  readonly #options: StatusAuthorOptions;
  /** What the annotation says when this process has written the object. */
  readonly identity = `host=${Deno.hostname()} pid=${Deno.pid} since=${
    new Date(performance.timeOrigin).toISOString()
  }`;
  #lookedAt = performance.now();
  #hasWritten = false;
  #calmLooks = CALM_LOOKS;

  constructor(options: StatusAuthorOptions) {
    this.#options = options;
  }

  wrote(): void {
    this.#hasWritten = true;
  }

  /**
   * Looks at the object from time to time. What another agent wrote before this one wrote first does not count: that
   * agent may have ended.
   *
   * @returns Whether the object must be written again, as it is not what this agent wrote.
   */
  async isOverwritten(): Promise<boolean> {
    if (!this.#hasWritten || performance.now() - this.#lookedAt < LOOK_INTERVAL) return false;
    this.#lookedAt = performance.now();
    const { server, node, path, signal, onState } = this.#options;
    const query = `fieldSelector=metadata.name%3D${node}`; // An agent has the right to list, and not to get
    const list = await server.json(`${path}?${query}`, { signal }).catch(() => undefined);
    if (!list) return false; // The next write says what is wrong
    const [object] = list.items;
    if (!object) return true;
    const author: string = object.metadata.annotations?.[AUTHOR] ?? "of an earlier version";
    if (author !== this.identity) onState(anotherAgent(node, author));
    else if (this.#calmLooks + 1 === CALM_LOOKS) onState(undefined);
    this.#calmLooks = author === this.identity ? this.#calmLooks + 1 : 0;
    return author !== this.identity;
  }
}

function anotherAgent(node: string, author: string): Error {
  return new Error(
    `Cannot keep the status of node "${node}": another agent writes it, too: ${
      harmless(author)
    }: ` +
      "give each agent the name of its own node",
  );
}
