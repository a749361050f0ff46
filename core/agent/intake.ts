/** From sources to the bridges' models: reads objects, checks them, keeps the last good ones. @module */
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

/** Who wants to know of right objects: the model of a bridge. */
export interface ObjectSink {
  setControl(control: Control): void;
  deleteControl(name: string): void;
  setPod(pod: PodObject): void;
  deletePod(key: PodKey): void;
  setNamespace(namespace: NamespaceObject): void;
  deleteNamespace(name: string): void;
}

export interface IntakeOptions {
  /** Objects of the first of them count before those of the next. */
  readonly sources: readonly Source[];
  readonly sinks: readonly ObjectSink[];
  readonly registries: Registries;
  readonly log: Log;
  /** Where last good states outlive the agent. */
  readonly memory?: Memory | undefined;
}

/** One name per object of a kind, as `Selection` has it. */
function nameOf({ namespace, name }: ObjectKey): string {
  return namespace === undefined ? name : podKey({ namespace, name });
}

const named = (kind: Kind, name: string) => `${kind} "${name}"`;
const memoryKey = (kind: Kind, name: string) => `${kind}/${name}`;

/** An object of the same name with another `uid` has nothing to do with it; objects of files have none. */
function uidOf(raw: unknown): unknown {
  return (Object(raw) as { readonly metadata?: { readonly uid?: unknown } }).metadata?.uid;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #known: KnownObjects;
  #invalid = new Map<string, Condition[]>();
  /** What is wrong with other objects, by kind and name. */
  #refused = new Map<string, readonly string[]>();
  /** Sources that have given their first snapshot, by kind. */
  #complete = new Map<Kind, Set<string>>(KINDS.map((kind) => [kind, new Set()]));
  #reported: ReadonlySet<string> = new Set();
  #registries: Registries;
  /** What the models have. */
  #accepted = new Set<string>();
  /** Objects as they were accepted last, of this run or one before. */
  readonly #memory: Memory | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#known = new KnownObjects(options.sources.map(({ name }) => name));
    this.#registries = options.registries;
    this.#memory = options.memory;
  }

  /** Judges all TrafficControls again; of those that are wrong now the last good state goes on. */
  usePlugins(registries: Registries): void {
    this.#registries = registries;
    for (const raw of this.#known.all("TrafficControl")) this.#judge("TrafficControl", raw);
  }

  /** Every source has given a first snapshot of every kind: before that nothing counts as left over. */
  get complete(): boolean {
    return this.incomplete().length === 0;
  }

  /** Names of the sources that have not given everything yet. */
  incomplete(): string[] {
    return this.#options.sources.map(({ name }) => name)
      .filter((name) => [...this.#complete.values()].some((sources) => !sources.has(name)));
  }

  /** TrafficControls that do not say what to do, by name; their last good state goes on. */
  get invalid(): ReadonlyMap<string, readonly Condition[]> {
    return this.#invalid;
  }

  /** `metadata.generation` of a TrafficControl as it came last, right or wrong. */
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

  /** What sources cannot read or write, and Pods and Namespaces whose last good state goes on: one line each. */
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

  /** Each is said once, as long as it goes on. */
  reportIssues(): void {
    const issues = new Set(this.issues());
    const { log } = this.#options;
    for (const issue of issues.difference(this.#reported)) log.warning("Not read", { issue });
    this.#reported = issues;
  }

  /** Takes all that the sources give, until the signal aborts; yields after each event. */
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

  take(source: string, kind: Kind, event: ObjectEvent): void {
    if (event.type === "set") this.#set(source, kind, event.object);
    else if (event.type === "delete") this.#delete(source, kind, nameOf(event.key));
    else this.#snapshot(source, kind, event.objects);
  }

  /** What of the source is not in it is gone. */
  #snapshot(source: string, kind: Kind, objects: readonly unknown[]): void {
    const before = this.#known.namesOf(kind, source);
    const names = new Set(objects.map((object) => this.#set(source, kind, object)));
    for (const name of before) if (!names.has(name)) this.#delete(source, kind, name);
    const complete = this.#complete.get(kind)!.add(source);
    if (complete.size === this.#options.sources.length) this.#forgetVanished(kind);
  }

  /** What went while the agent was away must not come back. */
  #forgetVanished(kind: Kind): void {
    const prefix = memoryKey(kind, "");
    for (const key of this.#memory?.keys() ?? []) {
      if (!key.startsWith(prefix) || this.#known.has(kind, key.slice(prefix.length))) continue;
      this.#memory!.delete(key);
    }
  }

  /** @returns The object's name, also of one that is refused. */
  #set(source: string, kind: Kind, raw: unknown): string | undefined {
    const key = objectKey(kind, raw);
    const name = key && nameOf(key);
    if (name !== undefined) this.#known.set(kind, name, { source, raw });
    if (name === undefined || this.#known.sourceOf(kind, name) === source) this.#judge(kind, raw);
    return name;
  }

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
    if (name === undefined) return; // without a name, nothing could ever take it back
    if (kind === "TrafficControl") {
      this.#invalid.set(name, messages.map((message) => condition(reason, message)));
    } else this.#refused.set(named(kind, name), messages);
  }

  /** Its last good state, as an earlier run of the agent knew it. */
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

  /** What was wrong with it. */
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
