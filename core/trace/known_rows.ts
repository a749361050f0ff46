/** What Sluice's own flows are, by the tables of the bridge's pipeline. Pure. @module */
import { isOurs } from "../base/marks.ts";
import type { Counted, RowDeclaration } from "../contracts/mod.ts";
import type { UsedPipeline } from "../model/flows/used_pipeline.ts";
import type { TracedFlow } from "./trace_text.ts";

/** A flow of Sluice, as its pipeline declares it. */
export interface KnownRow {
  readonly table: string;
  readonly row: RowDeclaration;
  /** How far the flow stands below the first place for such rows. */
  readonly place: number;
}

export const COUNTER_MASK = 0xffff_ffffn;

/** What a flow counts: its counter, and what that counts. */
export interface CountedBy {
  readonly id: number;
  readonly counts: Counted;
}

export class KnownRows {
  readonly #pipeline: UsedPipeline;

  constructor(pipeline: UsedPipeline) {
    this.#pipeline = pipeline;
  }

  /** Whether the bridge is OVN's: the contract of pipelines says that only then there are such rows. */
  get isOVN(): boolean {
    return this.#pipeline.type.deliveryRows !== undefined;
  }

  /** The name of a table of the pipeline, by its number. */
  tableName(table: number): string | undefined {
    const { tables: { first, count }, type: { tables } } = this.#pipeline;
    const index = table === 0 ? 0 : table - first + 1;
    return index >= 0 && index <= count ? tables[index]?.name : undefined;
  }

  /** Nothing for a flow that is not Sluice's, or is in a table of the owner. */
  find({ cookie, table, priority }: TracedFlow): KnownRow | undefined {
    if (!isOurs({ cookie }) || priority === undefined) return undefined;
    const declared = this.#pipeline.type.tables.find(({ name }) => name === this.tableName(table));
    const row = declared?.rows.find((each) =>
      priority <= each.priority && priority >= (each.lowestPriority ?? each.priority)
    );
    return row && { table: declared!.name, row, place: row.priority - priority };
  }

  /** Whether the flow is Sluice's. */
  isOurs(flow: TracedFlow | undefined): boolean {
    return flow !== undefined && isOurs(flow);
  }

  /** Nothing if the flow counts nothing. */
  counted(flow: TracedFlow): CountedBy | undefined {
    const id = Number(flow.cookie & COUNTER_MASK);
    const { row, table } = this.find(flow) ?? {};
    return id !== 0 && row?.counts && table !== "PodCount" ? { id, counts: row.counts } : undefined;
  }
}
