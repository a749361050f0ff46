/**
 * Watches the status object of this node. It is written again if another program deletes or changes it. Two agents with
 * one node name would overwrite what each other reports, without an error: each of them notices the other one.
 * @module
 */
import { after, harmless } from "../../../core/api.ts";
import type { ApiServer } from "./api_server.ts";
import { type KubeObject, listWatch, type Resource } from "./list_watch.ts";

/** Annotation of the status object: which agent has written it last. */
export const AUTHOR = "sluice.dev/agent";
/** Milliseconds from a write until the object may be written again because it is not what this agent wrote. */
const REPAIR_PAUSE = 10_000;
/** Milliseconds without another agent after which there is none any more: it writes once in `REPAIR_PAUSE`. */
const CALM = 3 * REPAIR_PAUSE;

export interface OwnStatusOptions {
  readonly server: ApiServer;
  readonly node: string;
  /** The resource of the object. */
  readonly path: string;
  /** Milliseconds: see `ListWatchOptions`. */
  readonly silence: number;
  readonly signal: AbortSignal;
  /** Called when the object must be written again. */
  readonly onOverwritten: () => void;
  /** Called with the reason when there is another agent, and with `undefined` when there is none any more. */
  readonly onState: (problem: Error | undefined) => void;
  /** Called with the reason when the object cannot be watched, and with `undefined` when it can. */
  readonly onWatch: (problem: Error | undefined) => void;
}

/** The metadata of the object; none if there is no object. */
type Seen = { readonly author: string; readonly version: string } | undefined;

export class OwnStatus implements Disposable {
  readonly #options: OwnStatusOptions;
  /** What the annotation says when this process has written the object. */
  readonly identity = `host=${Deno.hostname()} pid=${Deno.pid} since=${
    new Date(performance.timeOrigin).toISOString()
  }`;
  #written = { version: "", at: -Infinity };
  /** Whether the watch has shown a write of this agent. What another one wrote before does not count: it may have ended. */
  #hasSeenOwn = false;
  #another: string | undefined;
  #isOverwritten = false;
  #repair = after(Infinity, () => {});
  #calm = after(Infinity, () => {});

  constructor(options: OwnStatusOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this[Symbol.dispose](), { once: true });
  }

  [Symbol.dispose](): void {
    this.#repair.stop();
    this.#calm.stop();
  }

  /** Whether the object must be written again. */
  get isOverwritten(): boolean {
    return this.#isOverwritten;
  }

  /** @param version The resourceVersion of what this agent has written. The first write begins the watch. */
  wrote(version: string): void {
    const isFirst = this.#written.version === "";
    this.#written = { version, at: performance.now() };
    this.#isOverwritten = false;
    this.#repair.stop();
    if (isFirst) void this.#watch();
  }

  /** Another agent reports on the node now, as it has the lock of the bridge: what it writes is no problem. */
  leave(): void {
    this.#hasSeenOwn = false;
    this.#another = undefined;
  }

  /** Tells which other agent has overwritten the object, if it was one. */
  tellAnother(): void {
    if (this.#another === undefined) return;
    const { node, onState } = this.#options;
    onState(anotherAgent(node, this.#another));
    this.#another = undefined;
    this.#calm.stop();
    this.#calm = after(CALM, () => onState(undefined));
  }

  async #watch(): Promise<void> {
    const { server, node, path, signal, silence, onWatch } = this.#options;
    // An agent has the right to list and watch, and not to get
    const query = { fieldSelector: `metadata.name=${node}` };
    const slim = ({ metadata }: KubeObject) => metadata;
    const resource: Resource = { path, query, metadataOnly: true, slim };
    const events = listWatch(server, resource, { signal, silence, onState: onWatch });
    for await (const event of events) {
      if (event.type === "delete") this.#see(undefined);
      else if (event.type === "set") this.#see(seenOf(event.object as KubeObject["metadata"]));
      else this.#see(seenOf(event.objects[0] as KubeObject["metadata"] | undefined));
    }
  }

  #see(seen: Seen): void {
    this.#repair.stop();
    if (seen?.author === this.identity) this.#hasSeenOwn = true;
    else if (seen && this.#hasSeenOwn) this.#another = seen.author;
    if (seen?.version === this.#written.version) return;
    this.#repair = after(this.#written.at + REPAIR_PAUSE - performance.now(), () => {
      this.#isOverwritten = true;
      this.#options.onOverwritten();
    });
  }
}

function seenOf(metadata: KubeObject["metadata"] | undefined): Seen {
  if (!metadata) return undefined;
  const annotations = Object(metadata.annotations);
  return {
    author: `${annotations[AUTHOR] ?? "of an earlier version"}`,
    version: `${metadata.resourceVersion}`,
  };
}

function anotherAgent(node: string, author: string): Error {
  return new Error(
    `Cannot keep the status of node "${node}": another agent writes it, too: ${
      harmless(author)
    }: ` +
      "give each agent the name of its own node",
  );
}
