/**
 * Takes objects from sources, checks them, and gives those that are valid to the models of bridges. For an object that
 * is refused, its last good state stays in force.
 * @module
 */
import type { Log } from "../base/log.ts";
import type { Condition } from "../contracts/condition.ts";
import type { Kind, Memory, ObjectEvent, ObjectKey, Resolver, Source } from "../contracts/mod.ts";
import type { Registries } from "../contracts/registry.ts";
import { KeptMetadata } from "../objects/kept_metadata.ts";
import { objectKey, type ParsedObject, parseObject, type RefusedObject } from "../objects/parse.ts";
import {
  type Control,
  type NamespaceObject,
  type PodKey,
  podKey,
  type PodObject,
} from "../objects/types.ts";
import { shownIssues, sourceIssues } from "./issues.ts";
import { LastGood } from "./last_good.ts";
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
  /** Names of the sources whose Pods may say by annotations where they are; their Pods come before those of others. */
  readonly trusted: readonly string[];
  readonly registries: Registries;
  /** They say which annotations of Pods are read. */
  readonly resolvers: readonly Resolver[];
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
type News = Pick<Judged, "source" | "raw">;

interface Judged {
  readonly source: string;
  readonly raw: unknown;
  readonly kind: Kind;
  /** Absent if the object has none. */
  readonly name: string | undefined;
  /** It has just come: what is wrong with it is logged. */
  readonly isNew: boolean;
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
  #keptMetadata: KeptMetadata;
  /** The objects that the models have, by kind and name, with the source that each is from. */
  #accepted = new Map<string, string>();
  readonly #lastGood: LastGood;
  /** Whether there is one source alone. */
  readonly #isOnly: boolean;

  constructor(options: IntakeOptions) {
    this.#options = options;
    const sources = options.sources.map(({ name }) => name);
    this.#known = new KnownObjects(sources, options.trusted);
    this.#lastGood = new LastGood(options.memory, sources);
    this.#registries = options.registries;
    this.#keptMetadata = new KeptMetadata(options.resolvers);
    this.#isOnly = options.sources.length === 1;
  }

  /**
   * Judges all TrafficControls again. For one that is refused now, its last good state stays in force. If the resolvers
   * read more annotations than before, sources give all Pods again.
   */
  usePlugins(registries: Registries, resolvers: readonly Resolver[]): void {
    this.#registries = registries;
    const before = this.#keptMetadata;
    this.#keptMetadata = new KeptMetadata(resolvers);
    if (this.#keptMetadata.readsMoreThan(before)) {
      for (const source of this.#options.sources) source.giveAgain?.("Pod");
    }
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

  /** Names of the sources that list the object, whether it counts or not. */
  listing(kind: Kind, name: string): string[] {
    return this.#known.sourcesOf(kind, name);
  }

  /** What sources cannot read or write, refused Pods and Namespaces, objects that several sources list: a line each. */
  issues(): string[] {
    return shownIssues([
      ...sourceIssues(this.#options.sources),
      ...this.#refused.lines(),
      ...this.#known.shared((kind, name) => this.#accepted.get(named(kind, name))),
    ]);
  }

  /** Logs the issues that have come since the last call. An issue that goes and comes again is logged again. */
  reportIssues(): void {
    const issues = new Set(this.issues());
    const { log } = this.#options;
    for (const issue of issues.difference(this.#reported)) log.warning("Not read", { issue });
    this.#reported = issues;
  }

  /** Takes all events until the signal aborts. @param onChange Called after each, with `performance.now()` when it came. */
  async run(signal: AbortSignal, onChange: (since: number) => void): Promise<void> {
    const follow = async (source: Source, kind: Kind) => {
      for await (const event of source.watch(kind, signal)) {
        const since = performance.now();
        this.take(source.name, kind, event);
        onChange(since);
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
    const { sources } = this.#options;
    if (complete.size < sources.length) return;
    for (const { name } of sources) {
      this.#lastGood.keepOnly(kind, name, new Set(this.#known.namesOf(kind, name)));
    }
  }

  /** @returns The object's name, even if the object is refused; nothing if it has none. */
  #set(source: string, kind: Kind, given: unknown): string | undefined {
    const key = objectKey(kind, given);
    const { raw, leftOut: [leftOut] } = kind === "TrafficControl"
      ? { raw: given, leftOut: [] }
      : this.#keptMetadata.reduce(given);
    if (!key) {
      this.#judge({ kind, name: undefined, source, raw, isNew: true });
      return undefined;
    }
    const name = nameOf(key);
    this.#refused.setLeftOut({ kind, name, source }, leftOut);
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
      this.#lastGood.set(kind, nameOf(parsed.key), { source, raw });
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
    const last = this.#lastGood.get(kind, name, { source, raw });
    if (last === undefined) return false;
    const parsed = parseObject(kind, last, this.#registries);
    if ("problems" in parsed) return false;
    this.#accept(parsed, source);
    this.#options.log.info("Last good state recalled", { kind, name });
    return true;
  }

  #accept(parsed: ParsedObject, source: string): void {
    this.#accepted.set(named(parsed.kind, nameOf(parsed.key)), source);
    for (const sink of this.#options.sinks) {
      if (parsed.kind === "Pod") sink.setPod(this.#fromSource(parsed.object, source));
      else if (parsed.kind === "Namespace") sink.setNamespace(parsed.object);
      else sink.setControl(parsed.control);
    }
  }

  #fromSource(pod: PodObject, source: string): PodObject {
    const leftOut = this.#refused.leftOut({ kind: "Pod", name: podKey(pod), source });
    const isTenants = !this.#options.trusted.includes(source);
    return { ...pod, ...(leftOut && { leftOut }), ...(isTenants && { isTenants }) };
  }

  #delete(source: string, kind: Kind, name: string): void {
    this.#known.delete(kind, name, source);
    this.#refused.setLeftOut({ kind, name, source }, undefined);
    this.#lastGood.delete(kind, name, source);
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
