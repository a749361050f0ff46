/** The contract of a source: where objects come from. @module */

/** Kubernetes object key; `namespace` is absent for cluster-scoped kinds. */
export interface ObjectKey {
  readonly namespace?: string;
  readonly name: string;
}

/** Objects as they came; `core/objects/parse.ts` types and checks them, whatever the source. */
export type ObjectEvent =
  | { readonly type: "snapshot"; readonly objects: readonly unknown[] }
  | { readonly type: "set"; readonly object: unknown }
  | { readonly type: "delete"; readonly key: ObjectKey };

/** What Sluice reads; of other kinds it knows nothing. */
export type Kind = "TrafficControl" | "Pod" | "Namespace";

/** Something that a source cannot read or write, whose last good state goes on, or that it ignores. */
export interface SourceIssue {
  /** A file, or the address of a server. */
  readonly file: string;
  /** Counted from 1; absent where there are no lines. */
  readonly line?: number;
  readonly message: string;
  /** No more than a warning: it is ignored, and all else counts. */
  readonly warning?: true;
}

/** What a TrafficControl has come to on this node. */
export interface ControlReport {
  readonly name: string;
  /** `metadata.generation` of the object that it is about; absent in files. */
  readonly generation?: number;
  /** All that it asks for is in the datapath. */
  readonly realized: boolean;
  /** What is the case, by the names of `core/contracts/condition.ts`. */
  readonly conditions: readonly {
    readonly reason: string;
    readonly message: string;
    /** How it is mended. */
    readonly cure?: string;
    /** No more than a warning: it is realized all the same. */
    readonly warning?: true;
  }[];
  /** How many Pods it selects here. */
  readonly pods: number;
  /** Names of its ports. */
  readonly ports: readonly string[];
}

/** What the agent does: TrafficControls that select a Pod here, or that are refused. */
export interface NodeReport {
  readonly bridge: string;
  /** Of Sluice. */
  readonly version: string;
  readonly controls: readonly ControlReport[];
}

/** What was found when somebody looked at one thing: `sluice doctor`. */
export interface Diagnosis {
  /** What was looked at, in kebab-case. */
  readonly check: string;
  /** A warning is odd, and all works. A problem is to be mended before all does. */
  readonly level: "ok" | "warning" | "problem";
  /** What is the case. */
  readonly message: string;
  /** How it is mended; a command stands in double quotes after the word "run". */
  readonly cure?: string;
}

/** Where objects come from, for as long as somebody watches. */
export interface Source {
  readonly name: string;
  /**
   * Streams one kind until `signal` aborts. The first event, and the first
   * after any gap, is a `snapshot`, so a consumer never misses a deletion.
   */
  watch(kind: Kind, signal: AbortSignal): AsyncIterable<ObjectEvent>;
  /** What it cannot read now. */
  issues?(): readonly SourceIssue[];
  /** Whether all is there that it needs. Watches and writes nothing, and ends when `signal` aborts. */
  diagnose?(signal: AbortSignal): Promise<readonly Diagnosis[]>;
  /**
   * Tells those who wrote the objects what has become of them, until `signal` aborts; absent where
   * nobody can be told. Each report is the whole; one that is overtaken by the next need not be told.
   */
  publish?(reports: AsyncIterable<NodeReport>, signal: AbortSignal): Promise<void>;
}

/** What outlives the agent: values of JSON, by key. What cannot be kept is forgotten; nothing throws. */
export interface Memory {
  keys(): readonly string[];
  /** A copy, or `undefined`. */
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  delete(key: string): void;
}

/** What a source may need; each takes what concerns it. */
export interface SourceOptions {
  /** Of manifests. */
  readonly folder?: string;
  /** Of a Kubernetes API server; where the agent runs in the cluster, that is known. */
  readonly kubeconfig?: string;
  /** This node: Pods of others are not ours. */
  readonly node?: string;
  /** Seconds without a word from a server after which it counts as gone. */
  readonly silence?: number;
  /** For the last good state of what is broken; absent if nothing is to be kept. */
  readonly memory?: Memory;
}

/** The default export of `plugins/sources/<name>.ts`. */
export interface SourceType {
  /** For `--source`, in kebab-case. */
  readonly name: string;
  readonly docs: string;
  /** @throws {TerminalError} If an option is missing that it needs. */
  create(options: SourceOptions): Source;
}

/**
 * Gives `create` its types; adds nothing else.
 *
 * @example A source that has one Namespace, for ever.
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const fixed = defineSource({
 *   name: "fixed",
 *   docs: "Has one Namespace.",
 *   create: () => ({
 *     name: "fixed",
 *     async *watch(kind) {
 *       const objects = kind === "Namespace" ? [{ kind, metadata: { name: "prod" } }] : [];
 *       yield { type: "snapshot", objects };
 *     },
 *   }),
 * });
 * const events = fixed.create({}).watch("Pod", AbortSignal.abort());
 * for await (const event of events) assert.equal(event.type, "snapshot");
 * ```
 */
export function defineSource(source: SourceType): SourceType {
  return source;
}
