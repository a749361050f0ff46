/** The contract of a pipeline: how treatments become flows. @module */
import type { Action as FlowAction, ActionOf, LearnAction, Match } from "../openflow/mod.ts";
import type { Copy, Hop, Treatment } from "./action.ts";
import type { Attachment } from "./resolver.ts";

/** A port of the bridge, as Open vSwitch names it and as flows number it. */
export interface SwitchPort {
  readonly name: string;
  readonly ofport: number;
}

/** The two ports of a hop; no other pair has one of them. They may be one port. */
export interface Pair {
  readonly target: SwitchPort;
  readonly return: SwitchPort;
}

/** A treatment whose ports are on the bridge. */
export interface RealizedTreatment {
  /** 1 to 2^32 - 1; equal treatments have one id, so that tables grow with their number only. */
  readonly id: number;
  /** Those to a port that is on the bridge. */
  readonly copies: readonly Copy<SwitchPort>[];
  /** Those with a pair of which both ports are on the bridge. */
  readonly hops: readonly Hop<SwitchPort>[];
  readonly drop?: true;
}

/** Seen from the Pod: what it sends is its egress. */
export type PacketDirection = "egress" | "ingress";

/** A local Pod's port on the bridge, selected or not. */
export interface PodPort extends SwitchPort, Omit<Attachment, "port"> {
  /** An access port: it gets packets untagged that the bridge carries tagged. */
  readonly access: boolean;
  /** Another local Pod has one of its MACs, which therefore identify neither. */
  readonly ambiguous: boolean;
  /** What is done to what it sends, and to what is sent to it; nothing when it is not selected. */
  readonly egress?: RealizedTreatment;
  readonly ingress?: RealizedTreatment;
}

/** What a treatment did to the packets that a row counts. */
export type Counted = "copied" | "redirected" | "dropped";

/** An action without a cookie, also where it learns a flow. */
export type RowAction =
  | Exclude<FlowAction, { readonly type: "learn" | "clone" | "write_actions" | "ct" }>
  | Omit<LearnAction, "cookie">
  | { readonly type: "clone" | "write_actions"; readonly actions: readonly RowAction[] }
  | Omit<ActionOf<"ct">, "actions"> & { readonly actions?: readonly RowAction[] };

/**
 * A flow as a pipeline writes it: it never times out, and has no cookie. The core puts Sluice's mark on it, and another
 * one on the flows that it learns.
 */
export interface Row {
  readonly table: number;
  readonly priority: number;
  readonly match: Match;
  readonly actions: readonly RowAction[];
  /** What the treatment did to each packet that the row matches; only rows of `treatment` say so. */
  readonly counts?: Counted;
}

/** What rows of one priority in one table are. */
export interface RowDeclaration {
  readonly name: string;
  readonly priority: number;
  /** In words, for the documentation. */
  readonly matches: string;
  /** The same: what is done with these packets. */
  readonly does: string;
  /** Fields that such a row may match. */
  readonly fields: readonly string[];
  /** Names of the tables that its actions may send packets to, or learn flows in. */
  readonly leadsTo: readonly string[];
  readonly counts?: Counted;
}

export interface TableDeclaration {
  readonly name: string;
  readonly rows: readonly RowDeclaration[];
}

/** What Open vSwitch's database says of a bridge. */
export interface BridgeFacts {
  readonly name: string;
  /** Of the row in table Bridge. */
  readonly external_ids: Readonly<Record<string, string>>;
  /** Of the row in table Open_vSwitch. */
  readonly ovsExternalIDs: Readonly<Record<string, string>>;
  /** `system`, `netdev`, or empty, which means `system`. */
  readonly datapathType: string;
}

/** The default export of `plugins/pipelines/<name>.ts`, and what a pipeline's plugin file makes. */
export interface PipelineType {
  /** In kebab-case; value of `--pipeline`. */
  readonly name: string;
  /** One sentence for the reference. */
  readonly docs: string;
  /**
   * Every table that it writes to. The first is the bridge's own table 0, where its rows have priorities from 65000 on;
   * the others are numbered from `tableBase`, in their order.
   */
  readonly tables: readonly TableDeclaration[];
  /** Whether it is made for such a bridge. Without it the pipeline is used only where `--pipeline` names it. */
  fits?(bridge: BridgeFacts): boolean;
  /** @param options `tableBase`: the number of the second table. */
  create(options: { readonly tableBase: number }): Pipeline;
}

/**
 * What a pipeline writes for each part of what should be. Every method is pure; equal rows of several parts are one
 * flow. A packet that is not dropped or diverted goes back to the bridge's own table 0 once, unchanged, with its own
 * `in_port`, when no row of the pipeline there matches it any more.
 */
export interface Pipeline {
  /** First of its own tables and how many there are; none of them may hold foreign flows. */
  readonly tables: { readonly first: number; readonly count: number };
  /**
   * What of a treatment it cannot do, in words that end the sentence "cannot do ...", e.g. `copies with "sampling"`.
   * A TrafficControl of which it cannot do everything is not realized at all. Empty: it does all of it, and together
   * with all else that it can do.
   */
  cannot(treatment: Treatment): readonly string[];
  /** What the bridge needs as soon as a Pod is selected. */
  bridge(): readonly Row[];
  /** A port that gets copies: what comes in by it goes nowhere. */
  copyPort(port: SwitchPort): readonly Row[];
  /** The ports of a pair; kept for a while after its last use, so that packets come home. */
  pair(pair: Pair): readonly Row[];
  /** What is done to the packets of a treatment, with the rows that drop what it says to drop. */
  treatment(direction: PacketDirection, treatment: RealizedTreatment): readonly Row[];
  /** What gives the packets of a Pod their treatments. */
  podPort(pod: PodPort): readonly Row[];
  /**
   * Number of the port that a flow gives back which the switch learned by its rows. Such flows go when the port goes.
   * In learned flows `load` has become `set_field`.
   */
  learnedPort?(learned: Row): number | undefined;
}

/**
 * Gives `create` its types; adds nothing else.
 *
 * @example A pipeline that can do nothing, and says so.
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const idle = definePipeline({
 *   name: "idle",
 *   docs: "Writes no flows.",
 *   tables: [{ name: "Bridge", rows: [] }],
 *   create: ({ tableBase }) => ({
 *     tables: { first: tableBase, count: 0 },
 *     cannot: () => ["anything"],
 *     bridge: () => [],
 *     copyPort: () => [],
 *     pair: () => [],
 *     treatment: () => [],
 *     podPort: () => [],
 *   }),
 * });
 * assert.equal(idle.fits, undefined); // it is used only where --pipeline names it
 * ```
 */
export function definePipeline(pipeline: PipelineType): PipelineType {
  return pipeline;
}
