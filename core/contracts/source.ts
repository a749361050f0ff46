/** The contract of a source: where objects come from. @module */

import type { ClusterOptions, ClusterReader } from "./cluster.ts";
import type { ClusterWatch, ClusterWatchOptions } from "./cluster_watch.ts";
import type { Counted, PacketDirection } from "./realized.ts";

/** The key of a Kubernetes object. `namespace` is absent for cluster-scoped kinds. */
export interface ObjectKey {
  readonly namespace?: string;
  readonly name: string;
}

/** A change of objects. The objects are not checked yet: `core/objects/parse.ts` checks those of every source. */
export type ObjectEvent =
  | { readonly type: "snapshot"; readonly objects: readonly unknown[] }
  | { readonly type: "set"; readonly object: unknown }
  | { readonly type: "delete"; readonly key: ObjectKey };

/** The kinds of objects that Sluice reads. */
export type Kind = "TrafficControl" | "Pod" | "Namespace";

/**
 * Something that a source cannot read or write, or that it ignores. The last good state of the objects stays in effect.
 */
export interface SourceIssue {
  /** A file, or the address of a server. */
  readonly file: string;
  /** Counted from 1; absent where there are no lines. */
  readonly line?: number;
  readonly message: string;
  /** It is only a warning: one thing is ignored, and everything else is in effect. */
  readonly warning?: true;
}

/** The state of one TrafficControl on this node. */
export interface ControlReport {
  readonly name: string;
  /** `metadata.generation` of the object that the report is about; usually absent in files. */
  readonly generation?: number;
  /** Whether all that the TrafficControl asks for is in the datapath. */
  readonly realized: boolean;
  /** Its conditions; reasons are those of `core/contracts/condition.ts`. */
  readonly conditions: readonly {
    readonly reason: string;
    readonly message: string;
    /** What the user can do about it. */
    readonly cure?: string;
    /** The condition is only a warning: the TrafficControl is realized all the same. */
    readonly warning?: true;
  }[];
  /** The number of Pods that it selects on this node. */
  readonly pods: number;
  /** Names of its ports in Open vSwitch. */
  readonly ports: readonly string[];
}

/** The state of the agent on this node. */
export interface NodeReport {
  readonly bridge: string;
  /** Version of Sluice. */
  readonly version: string;
  /** The TrafficControls that select a Pod on this node, or that are refused. */
  readonly controls: readonly ControlReport[];
}

/** What was done for one TrafficControl on this node. What it does not do is absent. */
export type ControlCounts = Readonly<
  Partial<
    Record<
      Counted,
      Readonly<
        Partial<Record<PacketDirection, { readonly packets: number; readonly bytes: number }>>
      >
    >
  >
>;

/** Gives reports to one source, which asks for one when it can tell it. */
export interface NodeReports {
  /** Waits until something may have changed since the last wait, or the signal aborts. */
  changed(signal: AbortSignal): Promise<void>;
  /** The report of this moment; `undefined` as long as another agent reports on the node, or nobody knows which one. */
  read(): NodeReport | undefined;
  /** What was done for the source's TrafficControls until now, by name; empty if the switch does not answer. */
  counted?(): Promise<ReadonlyMap<string, ControlCounts>>;
}

/** The result of one check of `sluice doctor`. */
export interface Diagnosis {
  /** Name of the check, in kebab-case. */
  readonly check: string;
  /**
   * `warning`: something is unusual, but everything works. `problem`: something does not work until it is corrected.
   */
  readonly level: "ok" | "warning" | "problem";
  /** The state that was found, as a sentence without a full stop. */
  readonly message: string;
  /** What the user can do about it. If it is a command, it stands in double quotes after the word "run". */
  readonly cure?: string;
}

/** A source of objects. */
export interface Source {
  readonly name: string;
  /**
   * Streams one kind until `signal` aborts. The first event, and the first
   * after any gap, is a `snapshot`, so a consumer never misses a deletion.
   */
  watch(kind: Kind, signal: AbortSignal): AsyncIterable<ObjectEvent>;
  /**
   * Makes the streams of a kind give a snapshot again, because the agent reads more of the objects now. A source that
   * cannot do that is without it: the agent then knows more of an object when the object changes.
   */
  giveAgain?(kind: Kind): void;
  /** What the source cannot read at present. */
  issues?(): readonly SourceIssue[];
  /** Checks whether the source has all that it needs. It watches and writes nothing, and ends when `signal` aborts. */
  diagnose?(signal: AbortSignal): Promise<readonly Diagnosis[]>;
  /**
   * Tells the authors of objects about the state of these objects, until `signal` aborts. It is absent if the source has
   * no way to do so. Each report is complete, so the source need not read each one.
   */
  publish?(reports: NodeReports, signal: AbortSignal): Promise<void>;
}

/**
 * Values of JSON by key, which a restart of the agent does not lose. If a value cannot be stored, it is lost: nothing
 * throws.
 */
export interface Memory {
  keys(): readonly string[];
  /** A copy of the value; `undefined` if there is none. */
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  delete(key: string): void;
}

/** The options of all sources. Each source uses those that it needs. */
export interface SourceOptions {
  /** Folder with manifests. */
  readonly folder?: string;
  /** Path of the kubeconfig file of an API server. An agent that runs in the cluster needs none. */
  readonly kubeconfig?: string;
  /** Name of this node. A source may leave out Pods of other nodes. */
  readonly node?: string;
  /** Seconds: a connection to a server counts as dead if it has been silent for so long. */
  readonly silence?: number;
  /** By field of a TrafficControl's `spec`, the annotation with the same meaning: those that Sluice has beside Antrea's fields. */
  readonly annotations?: ReadonlyMap<string, string>;
  /** Stores the last good state of broken objects. If it is absent, a restart loses that state. */
  readonly memory?: Memory;
}

/** A type of source: the default export of `plugins/sources/<name>.ts`. */
export interface SourceType {
  /** The value of `--source`, in kebab-case. */
  readonly name: string;
  /** One sentence for the reference. */
  readonly docs: string;
  /** @throws {TerminalError} If an option is missing that the source needs. */
  create(options: SourceOptions): Source;
  /**
   * Opens a cluster for `sluice status --cluster`; absent if the source has no cluster.
   *
   * @throws {TerminalError} If there is nothing by which the cluster is reached.
   */
  openCluster?(options: ClusterOptions): Promise<ClusterReader>;
  /** Reads what all nodes of a cluster report, for `sluice web`; absent if the source knows of no other nodes. */
  watchCluster?(options: ClusterWatchOptions): ClusterWatch;
}

/**
 * Returns the type of source as it is. It gives `create` its types.
 *
 * @example A source with one Namespace, which never changes.
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
