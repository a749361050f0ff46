/** The TrafficControls of the API server, with their status, which the core does not get. @module */
import type { ObjectEvent } from "../../../core/api.ts";
import { asStatus, type KnownControl } from "./summary.ts";
import { portTexts } from "./target_text.ts";

export interface SeenControl extends KnownControl {
  /** As JSON: an API server counts no new generation when they change. */
  readonly annotations: string;
  /** When this generation was first seen, with these annotations: milliseconds of a monotonic clock. */
  readonly since: number;
}

// deno-lint-ignore no-explicit-any -- an object that resources.ts has reduced
type Slim = any;

export class KnownControls {
  #known = new Map<string, SeenControl>();
  #listener: (name: string) => void = () => {};

  get(name: string): SeenControl | undefined {
    return this.#known.get(name);
  }
  names(): string[] {
    return [...this.#known.keys()];
  }

  /** Sets the one listener, which is called with the name of each TrafficControl that changes. */
  listen(listener: (name: string) => void): void {
    this.#listener = listener;
  }

  /** @returns The event without status, for the core; `undefined` if only the status has changed. */
  take(event: ObjectEvent): ObjectEvent | undefined {
    if (event.type === "set") return this.#set(event.object as Slim) ? without(event) : undefined;
    if (event.type === "delete") this.#delete(event.key.name);
    else this.#snapshot(event.objects as readonly Slim[]);
    return event.type === "snapshot"
      ? { type: "snapshot", objects: event.objects.map(withoutStatus) }
      : event;
  }

  /** @returns Whether the object is new, or has a new generation or other annotations. */
  #set({ metadata, spec, status }: Slim): boolean {
    const { name, uid, generation } = metadata;
    const annotations = JSON.stringify(metadata.annotations ?? {});
    const before = this.#known.get(name);
    const isNew = before?.uid !== uid || before?.generation !== generation ||
      before?.annotations !== annotations;
    const since = isNew ? performance.now() : before!.since;
    if (typeof name !== "string") return isNew; // the core refuses it: nobody can be told of its status
    const known = { name, uid, generation, annotations, since, ports: portTexts(spec) };
    this.#known.set(name, { ...known, status: asStatus(status) });
    this.#listener(name);
    return isNew;
  }

  #delete(name: string): void {
    this.#known.delete(name);
    this.#listener(name);
  }

  #snapshot(objects: readonly Slim[]): void {
    const names = new Set(objects.map(({ metadata }) => metadata.name));
    for (const name of this.names()) if (!names.has(name)) this.#delete(name);
    for (const object of objects) this.#set(object);
  }
}

function withoutStatus({ status: _, ...object }: Slim): object {
  return object;
}
function without(event: ObjectEvent & { type: "set" }): ObjectEvent {
  return { type: "set", object: withoutStatus(event.object) };
}
