/**
 * Takes objects from sources, checks them, and gives those that are valid to the models of bridges. For an object that
 * is refused, its last good state stays in force.
 * @module
 */
import type { Log } from "../base/log.ts";
import type { Condition } from "../contracts/condition.ts";
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
import { named, problemLines, RefusedObjects } from "./refused_objects.ts";

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
  /** If several sources list an object, that of the first one counts that has a valid one or a last good state. */
  readonly sources: readonly Source[];
  readonly sinks: readonly ObjectSink[];
  /** Names of the sources whose Pods may say by annotations where they are. */
  readonly trusted: readonly string[];
  readonly registries: Registries;
  readonly log: Log;
  /** Keeps last good states over a restart of the agent. */
  readonly memory?: Memory | undefined;
}

/** One name for each object of a kind: `namespace/name` for a Pod, as `podKey` makes it, otherwise the name. */
function nameOf({ namespace, name }: ObjectKey): string {
  return namespace === undefined ? name : podKey({ namespace, name });
}

/** In place of a source: the models still have a state of an object that its source does not list any more. */
const NO_SOURCE = "";

/** What a source says of an object. */
interface News {
  readonly source: string;
  readonly raw: unknown;
}

interface Judged extends News {
  readonly kind: Kind;
  /** Absent if the object has none. */
  readonly name: string | undefined;
  /** It has just come: what is wrong with it is logged. */
  readonly isNew: boolean;
}

/** `metadata.uid`, which tells an object from an earlier one of the same name. Objects in files have none. */
function uidOf(raw: unknown): unknown {
  return (Object(raw) as { readonly metadata?: { readonly uid?: unknown } }).metadata?.uid;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #known: KnownObjects;
  readonly #refused = new RefusedObjects();
  /** Names of the sources that have given their first snapshot, by kind. */
  #complete = new Map<Kind, Set<string>>(KINDS.map((kind) => [kind, new Set()]));
  /** The issues that are in the log already and still there. */
  #reported: ReadonlySet<string> = new Set();
  #registries: Registries;
  /** The objects that the models have, by kind and name, with the source that each is from. */
  #accepted = new Map<string, string>();
  /** The last good state of each object, from this run of the agent or an earlier one. */
  readonly #memory: Memory | undefined;
  /** Whether there is one source alone. */
  readonly #isOnly: boolean;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#known = new KnownObjects(options.sources.map(({ name }) => name));
    this.#registries = options.registries;
    this.#isOnly = options.sources.length === 1;
    this.#memory = options.memory;
  }

  /** Judges all TrafficControls again. For one that is refused now, its last good state stays in force. */
  usePlugins(registries: Registries): void {
    this.#registries = registries;
    const kind = "TrafficControl";
    for (const name of this.#known.names(kind)) {
      const [source = NO_SOURCE] = this.#known.sourcesOf(kind, name);
      this.#settle(kind, name, { source, raw: this.#known.get(kind, name, source) });
    }
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
    return this.#refused.invalid;
  }

  /** `metadata.generation` of the newest version that the source has given of a TrafficControl, valid or refused. */
  generationOf(name: string, source: string): number | undefined {
    const raw = this.#known.get("TrafficControl", name, source) as
      | { metadata?: { generation?: unknown } }
      | undefined;
    const generation = raw?.metadata?.generation;
    return typeof generation === "number" ? generation : undefined;
  }

  /** The source whose TrafficControl of that name counts; nothing if none has a state that does. */
  sourceOf(control: string): string | undefined {
    return this.#accepted.get(named("TrafficControl", control));
  }

  /** Whether the source lists a TrafficControl of that name. */
  lists(source: string, control: string): boolean {
    return this.#known.sourcesOf("TrafficControl", control).includes(source);
  }

  /** What sources cannot read or write, refused Pods and Namespaces, objects that several sources list: a line each. */
  issues(): string[] {
    const ofSources = this.#options.sources.flatMap((source) => source.issues?.() ?? []);
    return [
      ...ofSources.map(({ file, line, message }) =>
        [line === undefined ? file : `${file}:${line}`, message].join(": ")
      ),
      ...this.#refused.lines(),
      ...this.#known.shared((kind, name) => this.#accepted.get(named(kind, name))),
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
   * Removes from the memory all objects of a kind that its source does not list. They were deleted while the agent did
   * not run, so a later object of the same name must not get their state.
   */
  #forgetVanished(kind: Kind): void {
    for (const { name: source } of this.#options.sources) {
      const prefix = this.#memoryKey(kind, "", source);
      const there = new Set(this.#known.namesOf(kind, source));
      for (const key of this.#memory?.keys() ?? []) {
        if (!key.startsWith(prefix) || there.has(key.slice(prefix.length))) continue;
        this.#memory!.delete(key);
      }
    }
  }

  /** Sources have rooms of their own, if there are several. */
  #memoryKey(kind: Kind, name: string, source: string): string {
    const key = `${kind}/${name}`;
    return this.#isOnly ? key : `${source} ${key}`;
  }

  /** @returns The object's name, even if the object is refused; nothing if it has none. */
  #set(source: string, kind: Kind, raw: unknown): string | undefined {
    const key = objectKey(kind, raw);
    if (!key) {
      this.#judge({ kind, name: undefined, source, raw, isNew: true });
      return undefined;
    }
    const name = nameOf(key);
    // Pods are many: what could never be asked for again is not kept.
    const kept = kind === "TrafficControl" || !this.#isOnly ? raw : undefined;
    this.#known.set(kind, name, { source, raw: kept });
    this.#settle(kind, name, { source, raw });
    return name;
  }

  /**
   * Lets the object of the first source count that has a valid one, or the last good state of one.
   *
   * @param news What a source has just said of it.
   */
  #settle(kind: Kind, name: string, news?: News): void {
    this.#refused.delete(kind, name);
    for (const source of this.#known.sourcesOf(kind, name)) {
      const isNew = source === news?.source;
      const raw = isNew ? news.raw : this.#known.get(kind, name, source);
      if (this.#judge({ kind, name, source, raw, isNew })) return;
    }
    this.#remove(kind, name);
  }

  /** @returns Whether a state of this object counts now. */
  #judge(judged: Judged): boolean {
    const { kind, name, source, raw } = judged;
    const parsed = parseObject(kind, raw, this.#registries);
    if (!("problems" in parsed)) {
      this.#memory?.set(this.#memoryKey(kind, nameOf(parsed.key), source), raw);
      this.#accept(parsed, source);
      return true;
    }
    this.#refuse(judged, parsed);
    if (name === undefined) return false;
    return this.#accepted.get(named(kind, name)) === source ||
      this.#recall({ kind, name, source, raw });
  }

  #refuse({ kind, name, isNew }: Judged, refused: RefusedObject): void {
    const problems = problemLines(refused);
    if (isNew) this.#options.log.warning("Object refused", { kind, name, problems });
    // Without a name, no later event could say that it is valid or gone.
    if (name !== undefined) this.#refused.add(kind, name, refused);
  }

  /** Accepts the last good state that an earlier run of the agent has kept. @returns Whether there is one. */
  #recall({ kind, name, source, raw }: Omit<Judged, "isNew"> & { readonly name: string }): boolean {
    const last = this.#memory?.get(this.#memoryKey(kind, name, source));
    if (last === undefined || uidOf(last) !== uidOf(raw)) return false;
    const parsed = parseObject(kind, last, this.#registries);
    if ("problems" in parsed) return false;
    this.#accept(parsed, source);
    this.#options.log.info("Last good state recalled", { kind, name });
    return true;
  }

  #accept(parsed: ParsedObject, source: string): void {
    this.#accepted.set(named(parsed.kind, nameOf(parsed.key)), source);
    const isTrusted = this.#options.trusted.includes(source);
    for (const sink of this.#options.sinks) {
      if (parsed.kind === "Pod") {
        sink.setPod(isTrusted ? parsed.object : { ...parsed.object, isTenants: true });
      } else if (parsed.kind === "Namespace") sink.setNamespace(parsed.object);
      else sink.setControl(parsed.control);
    }
  }

  #delete(source: string, kind: Kind, name: string): void {
    this.#known.delete(kind, name, source);
    this.#memory?.delete(this.#memoryKey(kind, name, source));
    const id = named(kind, name);
    if (this.#accepted.get(id) === source) this.#accepted.set(id, NO_SOURCE);
    this.#settle(kind, name);
  }

  /** No state of it counts any more. */
  #remove(kind: Kind, name: string): void {
    if (!this.#accepted.delete(named(kind, name))) return;
    for (const sink of this.#options.sinks) {
      if (kind === "Pod") sink.deletePod(name);
      else if (kind === "Namespace") sink.deleteNamespace(name);
      else sink.deleteControl(name);
    }
  }
}
