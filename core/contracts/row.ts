/** Flows as pipelines write them, and how they declare them. @module */
import type { Action as FlowAction, ActionOf, LearnAction, Match } from "../openflow/mod.ts";
import type { Counted } from "./realized.ts";

/**
 * A `learn` action of a row. It has no cookie: the core adds one. Its `limit` counts the learned flows of the same table
 * and the same `share`, which is a number of 32 bits: 0 if it is absent.
 */
export type RowLearn = Omit<LearnAction, "cookie"> & { readonly share?: number };

/** Sends the packet to Sluice. It has no id: the core adds that by which Sluice alone gets the packet. */
export type RowController = Omit<ActionOf<"controller">, "id">;

/** An action of a flow. */
export type RowAction =
  | Exclude<
    FlowAction,
    { readonly type: "learn" | "controller" | "clone" | "write_actions" | "ct" }
  >
  | RowLearn
  | RowController
  | { readonly type: "clone" | "write_actions"; readonly actions: readonly RowAction[] }
  | Omit<ActionOf<"ct">, "actions"> & { readonly actions?: readonly RowAction[] };

/**
 * A flow as a pipeline writes it. It never times out, and it has no cookie: the core adds the cookie that marks Sluice's
 * flows, and another one to the flows that the switch learns by its actions.
 */
export interface Row {
  readonly table: number;
  readonly priority: number;
  readonly match: Match;
  readonly actions: readonly RowAction[];
  /** What is done to each packet that the row matches. */
  readonly counts?: Counted;
  /** Present if the row counts: the id of the counter. The core puts it into the lower half of the flow's cookie. */
  readonly counter?: number;
}

/** Declares the rows of one priority, or of a range of priorities, in one table. */
export interface RowDeclaration {
  readonly name: string;
  readonly priority: number;
  /** Present if the rows have priorities from this one up to `priority`, which no other rows of the table have. */
  readonly lowestPriority?: number;
  /** Which packets the rows match, in words for the documentation. */
  readonly matches: string;
  /** What is done with these packets, in words for the documentation. */
  readonly does: string;
  /** The fields that the rows may match. */
  readonly fields: readonly string[];
  /** Names of the tables to which the rows' actions may send packets, or in which they may learn flows. */
  readonly leadsTo: readonly string[];
  /** What the rows count; absent if they count nothing. */
  readonly counts?: Counted;
}

/** Declares one table and all rows that it may have. */
export interface TableDeclaration {
  readonly name: string;
  readonly rows: readonly RowDeclaration[];
}
