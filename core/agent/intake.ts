/** From sources to the model: reads objects, checks them, keeps the last good ones. @module */
import type { Kind, Memory, ObjectEvent, ObjectKey, Source } from "../contracts/mod.ts";
import { type Condition, condition } from "../contracts/condition.ts";
import type { Registries } from "../contracts/registry.ts";
import type { Log } from "../base/log.ts";
import type { Model } from "../model/model.ts";
import { type ParsedObject, parseObject, type RefusedObject } from "../objects/parse.ts";
import { podKey } from "../objects/types.ts";

const KINDS: readonly Kind[] = ["TrafficControl", "Namespace", "Pod"];

export interface IntakeOptions {
  readonly model: Model;
  readonly registries: Registries;
  readonly log: Log;
  /** Where last good states outlive the agent. */
  readonly memory?: Memory | undefined;
  /** The model changed. */
  readonly onChange: () => void;
}

/** One name per object of a kind, as `Selection` has it. */
function nameOf({ namespace, name }: ObjectKey): string {
  return namespace === undefined ? name : podKey({ namespace, name });
}

const named = (kind: Kind, name: string) => `${kind} "${name}"`;
const memoryKey = (kind: Kind, name: string) => `${kind}/${name}`;

/** An object of the same name with another one has nothing to do with it; files have none. */
function uidOf(raw: unknown): unknown {
  return (Object(raw) as { readonly metadata?: { readonly uid?: unknown } }).metadata?.uid;
}

export class Intake {
  readonly #options: IntakeOptions;
  #known = new Map<Kind, Set<string>>(KINDS.map((kind) => [kind, new Set()]));
  #invalid = new Map<string, Condition[]>();
  /** What is wrong with other objects, by kind and name. */
  #refused = new Map<string, readonly string[]>();
  #complete = new Set<Kind>();
  #reported: ReadonlySet<string> = new Set();
  #registries: Registries;
  /** TrafficControls as they came, to be judged again when plugins change. */
  #controls = new Map<string, unknown>();
  /** What the model has. */
  #accepted = new Set<string>();
  /** Objects as they were accepted last, of this run or one before. */
  readonly #memory: Memory | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#registries = options.registries;
    this.#memory = options.memory;
  }

  /** Judges all TrafficControls again; of those that are wrong now the last good state goes on. */
  usePlugins(registries: Registries): void {
    this.#registries = registries;
    for (const raw of [...this.#controls.values()]) this.#set("TrafficControl", raw);
  }

  /** Every kind has had its first snapshot: before that nothing counts as left over. */
  get complete(): boolean {
    return this.#complete.size === KINDS.length;
  }

  /** TrafficControls that do not say what to do, by name; their last good state goes on. */
  get invalid(): ReadonlyMap<string, readonly Condition[]> {
    return this.#invalid;
  }

  /** `metadata.generation` of a TrafficControl as it came last, right or wrong. */
  generationOf(name: string): number | undefined {
    const raw = this.#controls.get(name) as { metadata?: { generation?: unknown } } | undefined;
    const generation = raw?.metadata?.generation;
    return typeof generation === "number" ? generation : undefined;
  }

  /** What the source cannot read or write, and Pods and Namespaces whose last good state goes on: one line each. */
  issues(source: Source): string[] {
    const ofSource = source.issues?.() ?? [];
    return [
      ...ofSource.map(({ file, line, message }) =>
        [line === undefined ? file : `${file}:${line}`, message].join(": ")
      ),
      ...[...this.#refused].flatMap(([object, messages]) =>
        messages.map((message) => `${object}: ${message}`)
      ),
    ];
  }

  /** Each is said once, as long as it goes on. */
  reportIssues(source: Source): void {
    const issues = new Set(this.issues(source));
    const { log } = this.#options;
    for (const issue of issues.difference(this.#reported)) log.warning("Not read", { issue });
    this.#reported = issues;
  }

  /** Takes all that the source gives, until the signal aborts. */
  async run(source: Source, signal: AbortSignal): Promise<void> {
    await Promise.all(KINDS.map((kind) => this.#follow(kind, source.watch(kind, signal))));
  }

  async #follow(kind: Kind, events: AsyncIterable<ObjectEvent>): Promise<void> {
    for await (const event of events) {
      this.take(kind, event);
      this.#options.onChange();
    }
  }

  take(kind: Kind, event: ObjectEvent): void {
    if (event.type === "set") this.#set(kind, event.object);
    else if (event.type === "delete") this.#delete(kind, nameOf(event.key));
    else this.#snapshot(kind, event.objects);
  }

  /** What is not in it is gone. */
  #snapshot(kind: Kind, objects: readonly unknown[]): void {
    const names = new Set(objects.map((object) => this.#set(kind, object)));
    const gone = [...this.#known.get(kind)!].filter((name) => !names.has(name));
    for (const name of gone) this.#delete(kind, name);
    this.#forgetOthers(kind, names);
    this.#complete.add(kind);
  }

  /** What went while the agent was away must not come back. */
  #forgetOthers(kind: Kind, names: ReadonlySet<string | undefined>): void {
    const prefix = memoryKey(kind, "");
    for (const key of this.#memory?.keys() ?? []) {
      if (!key.startsWith(prefix) || names.has(key.slice(prefix.length))) continue;
      this.#memory!.delete(key);
    }
  }

  /** @returns The object's name, also of one that is refused. */
  #set(kind: Kind, raw: unknown): string | undefined {
    const parsed = parseObject(kind, raw, this.#registries);
    const name = parsed.key && nameOf(parsed.key);
    if (name !== undefined) this.#known.get(kind)!.add(name);
    if (name !== undefined && kind === "TrafficControl") this.#controls.set(name, raw);
    if ("problems" in parsed) {
      this.#refuse(kind, name, parsed);
      if (name !== undefined && !this.#accepted.has(named(kind, name))) {
        this.#recall(kind, name, raw);
      }
      return name;
    }
    this.#forget(kind, nameOf(parsed.key));
    this.#memory?.set(memoryKey(kind, nameOf(parsed.key)), raw);
    this.#accept(parsed);
    return name;
  }

  #refuse(kind: Kind, name: string | undefined, { problems, reason = "Invalid" }: RefusedObject) {
    const messages = problems.map(({ path, message }) => `${path}: ${message}`);
    this.#options.log.warning("Object refused", { kind, name, problems: messages });
    if (name === undefined) return; // nothing could ever take it back
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
    const { model } = this.#options;
    this.#accepted.add(named(parsed.kind, nameOf(parsed.key)));
    if (parsed.kind === "Pod") model.setPod(parsed.object);
    else if (parsed.kind === "Namespace") model.setNamespace(parsed.object);
    else model.setControl(parsed.control);
  }

  /** What was wrong with it. */
  #forget(kind: Kind, name: string): void {
    this.#refused.delete(named(kind, name));
    if (kind === "TrafficControl") this.#invalid.delete(name);
  }

  #delete(kind: Kind, name: string): void {
    const { model } = this.#options;
    this.#known.get(kind)!.delete(name);
    this.#accepted.delete(named(kind, name));
    this.#memory?.delete(memoryKey(kind, name));
    this.#forget(kind, name);
    if (kind === "Pod") model.deletePod(name);
    else if (kind === "Namespace") model.deleteNamespace(name);
    else {
      this.#controls.delete(name);
      model.deleteControl(name);
    }
  }
}
