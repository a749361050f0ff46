/** The contract of a pipeline: how treatments become flows. @module */
import type { Flow } from "../openflow/mod.ts";
import type { Copy, Hop, Treatment } from "./action.ts";
import type { Attachment } from "./resolver.ts";

/** OpenFlow port numbers of a hop's pair. One-to-one on a bridge, so either stands for the pair. */
export type Pair = Hop<number>["pairs"][number];

/** A treatment whose ports are on the bridge: OpenFlow port numbers instead of names. */
export interface RealizedTreatment {
  /** 1 to 2^32 - 1; equal treatments have one id, so that tables grow with their number only. */
  readonly id: number;
  /** Those to a port that is on the bridge. */
  readonly copies: readonly Copy<number>[];
  /** Those with a pair of which both ports are on the bridge. */
  readonly hops: readonly Hop<number>[];
  readonly drop?: true;
}

/** Seen from the Pod: what it sends is its egress. */
export type PacketDirection = "egress" | "ingress";

/** A local Pod's port on the bridge, selected or not. */
export interface PodPort extends Omit<Attachment, "port"> {
  readonly ofport: number;
  /** An access port: it gets packets untagged that the bridge carries tagged. */
  readonly access: boolean;
  /** Another local Pod has one of its MACs, which therefore identify neither. */
  readonly ambiguous: boolean;
  /** What is done to what it sends, and to what is sent to it; nothing when it is not selected. */
  readonly egress?: RealizedTreatment;
  readonly ingress?: RealizedTreatment;
}

/** The default export of `plugins/pipelines/<name>.ts`. */
export interface PipelineType {
  /** In kebab-case. */
  readonly name: string;
  readonly docs: string;
  /** @param options `tableBase`: the first of the OpenFlow tables that are to be its own. */
  create(options: { readonly tableBase: number }): Pipeline;
}

/**
 * What a file of `plugins/pipelines/` makes. `Row` is a flow of `core/openflow` or an OVSDB Mirror
 * row. Every method is pure and gives the rows of one part; equal rows of several parts are one.
 */
export interface Pipeline<Row = Flow> {
  /** First of its tables and how many there are; none of them may hold foreign flows. */
  readonly tables: { readonly first: number; readonly count: number };
  /** Parts of a treatment that it cannot realize, e.g. `hops`: a condition on the object. */
  readonly refuses?: readonly (keyof Treatment)[];
  /** What the bridge needs as soon as a Pod is selected. */
  bridge(): readonly Row[];
  /** A port that gets copies. */
  mirror(ofport: number): readonly Row[];
  /** The ports of a pair; kept for a while after its last use, so that packets come home. */
  pair(pair: Pair): readonly Row[];
  treatment(direction: PacketDirection, treatment: RealizedTreatment): readonly Row[];
  /** What drops the packets of a treatment that says so: what these rows match is counted as dropped. */
  drop(direction: PacketDirection, treatment: RealizedTreatment): readonly Row[];
  podPort(pod: PodPort): readonly Row[];
}

/**
 * Gives `create` its types; adds nothing else.
 *
 * @example A pipeline that realizes nothing at all.
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const idle = definePipeline({
 *   name: "idle",
 *   docs: "Writes no flows.",
 *   create: ({ tableBase }) => ({
 *     tables: { first: tableBase, count: 0 },
 *     refuses: ["copies", "hops", "drop"],
 *     bridge: () => [],
 *     mirror: () => [],
 *     pair: () => [],
 *     treatment: () => [],
 *     drop: () => [],
 *     podPort: () => [],
 *   }),
 * });
 * assert.deepEqual(idle.create({ tableBase: 200 }).bridge(), []);
 * ```
 */
export function definePipeline(pipeline: PipelineType): PipelineType {
  return pipeline;
}
