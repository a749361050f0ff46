/**
 * Takes objects from sources, checks them, and gives those that are valid to the models of bridges. For an object that
 * is refused, its last good state stays in force.
 * @module
 */
import type { Log } from "../base/log.ts";
import { type Condition, condition } from "../contracts/condition.ts";
import type { Kind, Memory, ObjectEvent, ObjectKey, Source } from "../contracts/mod.ts";
import type { Registries } from "../contracts/registry.ts";
import { objectKey, type ParsedObject, parseObject, type RefusedObject } from "../objects/parse.ts";
import {
  type Control,
  type NamespaceObject,
  type PodKey,
  podKey,
  type PodObject,
} from "../objects/types.ts";
import { KINDS, KnownObjects } from "./known_objects.ts";

/** Gets valid objects: the model of a bridge. */
export interface ObjectSink {
  setControl(control: Control): void;
  deleteControl(name: string): void;
  setPod(pod: PodObject): void;
  deletePod(key: PodKey): void;
  setNamespace(namespace: NamespaceObject): void;
  deleteNamespace(name: string): void;
}

export interface IntakeOptions {
  /** If several sources list an object, that of the first one counts. */
  readonly sources: readonly Source[];
  readonly sinks: readonly ObjectSink[];
  readonly registries: Registries;
  readonly log: Log;
  /** Keeps last good states over a restart of the agent. */
  readonly memory?: Memory | undefined;
}

/** One name for each object of a kind: `namespace/name` for a Pod, as `podKey` makes it, otherwise the name. */
function nameOf({ namespace, name }: ObjectKey): string {
  return namespace === undefined ? name : podKey({ namespace, name });
}

const named = (kind: Kind, name: string) => `${kind} "${name}"`;
const memoryKey = (kind: Kind, name: string) => `${kind}/${name}`;

/** `metadata.uid`, which tells an object from an earlier one of the same name. Objects in files have none. */
function uidOf(raw: unknown): unknown {
  return (Object(raw) as { readonly metadata?: { readonly uid?: unknown } }).metadata?.uid;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #known: KnownObjects;
  /** Conditions of refused TrafficControls, by name. */
  #invalid = new Map<string, Condition[]>();
  /** Problems of refused Pods and Namespaces, by kind and name. */
  #refused = new Map<string, readonly string[]>();
  /** Names of the sources that have given their first snapshot, by kind. */
  #complete = new Map<Kind, Set<string>>(KINDS.map((kind) => [kind, new Set()]));
  /** The issues that are in the log already and still there. */
  #reported: ReadonlySet<string> = new Set();
  #registries: Registries;
  /** The objects that the models have, by kind and name. */
  #accepted = new Set<string>();
  /** The last good state of each object, from this run of the agent or an earlier one. */
  readonly #memory: Memory | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#known = new KnownObjects(options.sources.map(({ name }) => name));
    this.#registries = options.registries;
    this.#memory = options.memory;
  }

  /** Judges all TrafficControls again. For one that is refused now, its last good state stays in force. */
  usePlugins(registries: Registries): void {
    this.#registries = registries;
    for (const raw of this.#known.all("TrafficControl")) this.#judge("TrafficControl", raw);
  }

  /** Whether every source has given a snapshot of every kind. Before that, Sluice cannot know what is unneeded. */
  get complete(): boolean {
    return this.incomplete().length === 0;
  }

  /** Names of the sources that have not given a snapshot of every kind yet. */
  incomplete(): string[] {
    return this.#options.sources.map(({ name }) => name)
      .filter((name) => [...this.#complete.values()].some((sources) => !sources.has(name)));
  }

  /** Conditions of the TrafficControls that are refused, by name. Their last good state stays in force. */
  get invalid(): ReadonlyMap<string, readonly Condition[]> {
    return this.#invalid;
  }

  /** `metadata.generation` of the newest version of a TrafficControl, whether that is valid or refused. */
  generationOf(name: string): number | undefined {
    const raw = this.#known.get("TrafficControl", name) as
      | { metadata?: { generation?: unknown } }
      | undefined;
    const generation = raw?.metadata?.generation;
    return typeof generation === "number" ? generation : undefined;
  }

  /** The source whose TrafficControl of that name counts. */
  sourceOf(control: string): string | undefined {
    return this.#known.sourceOf("TrafficControl", control);
  }

  /** What sources cannot read or write, refused Pods and Namespaces, objects that several sources list: a line each. */
  issues(): string[] {
    const ofSources = this.#options.sources.flatMap((source) => source.issues?.() ?? []);
    return [
      ...ofSources.map(({ file, line, message }) =>
        [line === undefined ? file : `${file}:${line}`, message].join(": ")
      ),
      ...[...this.#refused].flatMap(([object, messages]) =>
        messages.map((message) => `${object}: ${message}`)
      ),
      ...this.#known.shared(),
    ];
  }

  /** Logs the issues that have come since the last call. An issue that goes and comes again is logged again. */
  reportIssues(): void {
    const issues = new Set(this.issues());
    const { log } = this.#options;
    for (const issue of issues.difference(this.#reported)) log.warning("Not read", { issue });
    this.#reported = issues;
  }

  /** Takes all events of the sources until the signal aborts. @param onChange Called after each event. */
  async run(signal: AbortSignal, onChange: () => void): Promise<void> {
    const follow = async (source: Source, kind: Kind) => {
      for await (const event of source.watch(kind, signal)) {
        this.take(source.name, kind, event);
        onChange();
      }
    };
    const { sources } = this.#options;
    await Promise.all(sources.flatMap((source) => KINDS.map((kind) => follow(source, kind))));
  }

  /** Takes one event. @param source Name of the source that it comes from. */
  take(source: string, kind: Kind, event: ObjectEvent): void {
    if (event.type === "set") this.#set(source, kind, event.object);
    else if (event.type === "delete") this.#delete(source, kind, nameOf(event.key));
    else this.#snapshot(source, kind, event.objects);
  }

  /** Takes all objects of a kind that the source has. Others that it had before are deleted. */
  #snapshot(source: string, kind: Kind, objects: readonly unknown[]): void {
    const before = this.#known.namesOf(kind, source);
    const names = new Set(objects.map((object) => this.#set(source, kind, object)));
    for (const name of before) if (!names.has(name)) this.#delete(source, kind, name);
    const complete = this.#complete.get(kind)!.add(source);
    if (complete.size === this.#options.sources.length) this.#forgetVanished(kind);
  }

  /**
   * Removes from the memory all objects of a kind that no source lists. They were deleted while the agent did not run,
   * so a later object of the same name must not get their state.
   */
  #forgetVanished(kind: Kind): void {
    const prefix = memoryKey(kind, "");
    for (const key of this.#memory?.keys() ?? []) {
      if (!key.startsWith(prefix) || this.#known.has(kind, key.slice(prefix.length))) continue;
      this.#memory!.delete(key);
    }
  }

  /** @returns The object's name, even if the object is refused; nothing if it has none. */
  #set(source: string, kind: Kind, raw: unknown): string | undefined {
    const key = objectKey(kind, raw);
    const name = key && nameOf(key);
    if (name !== undefined) this.#known.set(kind, name, { source, raw });
    if (name === undefined || this.#known.sourceOf(kind, name) === source) this.#judge(kind, raw);
    return name;
  }

  /** Checks an object, and accepts or refuses it. */
  #judge(kind: Kind, raw: unknown): void {
    const parsed = parseObject(kind, raw, this.#registries);
    const name = parsed.key && nameOf(parsed.key);
    if ("problems" in parsed) {
      this.#refuse(kind, name, parsed);
      if (name !== undefined && !this.#accepted.has(named(kind, name))) {
        this.#recall(kind, name, raw);
      }
      return;
    }
    this.#forget(kind, nameOf(parsed.key));
    this.#memory?.set(memoryKey(kind, nameOf(parsed.key)), raw);
    this.#accept(parsed);
  }

  #refuse(kind: Kind, name: string | undefined, { problems, reason = "Invalid" }: RefusedObject) {
    const messages = problems.map(({ path, message }) => `${path}: ${message}`);
    this.#options.log.warning("Object refused", { kind, name, problems: messages });
    if (name === undefined) return; // without a name, no later event could say that it is valid or gone
    if (kind === "TrafficControl") {
      this.#invalid.set(name, messages.map((message) => condition(reason, message)));
    } else this.#refused.set(named(kind, name), messages);
  }

  /** Accepts the last good state of a refused object that an earlier run of the agent has kept, if there is one. */
  #recall(kind: Kind, name: string, raw: unknown): void {
    const last = this.#memory?.get(memoryKey(kind, name));
    if (last === undefined || uidOf(last) !== uidOf(raw)) return;
    const parsed = parseObject(kind, last, this.#registries);
    if ("problems" in parsed) return;
    this.#accept(parsed);
    this.#options.log.info("Last good state recalled", { kind, name });
  }

  #accept(parsed: ParsedObject): void {
    this.#accepted.add(named(parsed.kind, nameOf(parsed.key)));
    for (const sink of this.#options.sinks) {
      if (parsed.kind === "Pod") sink.setPod(parsed.object);
      else if (parsed.kind === "Namespace") sink.setNamespace(parsed.object);
      else sink.setControl(parsed.control);
    }
  }

  /** Forgets the problems of an object, because it is valid or gone. */
  #forget(kind: Kind, name: string): void {
    this.#refused.delete(named(kind, name));
    if (kind === "TrafficControl") this.#invalid.delete(name);
  }

  #delete(source: string, kind: Kind, name: string): void {
    const counted = this.#known.sourceOf(kind, name) === source;
    this.#known.delete(kind, name, source);
    if (this.#known.has(kind, name)) {
      if (counted) this.#judge(kind, this.#known.get(kind, name));
      return;
    }
    this.#accepted.delete(named(kind, name));
    this.#memory?.delete(memoryKey(kind, name));
    this.#forget(kind, name);
    for (const sink of this.#options.sinks) {
      if (kind === "Pod") sink.deletePod(name);
      else if (kind === "Namespace") sink.deleteNamespace(name);
      else sink.deleteControl(name);
    }
  }
}
