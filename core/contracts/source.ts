/** The contract of a source: where objects come from. @module */

/** Kubernetes object key; `namespace` is absent for cluster-scoped kinds. */
export interface ObjectKey {
  readonly namespace?: string;
  readonly name: string;
}

/** Objects as they came; `core/objects.ts` types and checks them, whatever the source. */
export type ObjectEvent =
  | { readonly type: "snapshot"; readonly objects: readonly unknown[] }
  | { readonly type: "set"; readonly object: unknown }
  | { readonly type: "delete"; readonly key: ObjectKey };

/** What Sluice reads; of other kinds it knows nothing. */
export type Kind = "TrafficControl" | "Pod" | "Namespace";

/** Something that a source cannot read; the last good state of it goes on. */
export interface SourceIssue {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
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
  /** Writes back status; absent on read-only sources such as files. */
  writeStatus?(key: ObjectKey, status: unknown, signal: AbortSignal): Promise<void>;
}

/** The default export of `plugins/sources/<name>.ts`. */
export interface SourceType {
  /** For `--source`, in kebab-case. */
  readonly name: string;
  readonly docs: string;
  /** @param options `folder` of manifests, for sources that read files. */
  create(options: { readonly folder: string }): Source;
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
 * const events = fixed.create({ folder: "" }).watch("Pod", AbortSignal.abort());
 * for await (const event of events) assert.equal(event.type, "snapshot");
 * ```
 */
export function defineSource(source: SourceType): SourceType {
  return source;
}
