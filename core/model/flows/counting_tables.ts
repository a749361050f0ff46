/** In which tables of the switch packets are counted. @module */
import type { Row } from "../../contracts/mod.ts";
import { isPodPart } from "./parts_in_use.ts";

/** Numbers of the tables with rows that count packets. */
export class CountingTables {
  /** Those that count for TrafficControls. */
  readonly ofControls = new Set<number>();
  /** Those that count for single Pods: there are many of these rows, and they are not always asked for. */
  readonly ofPods = new Set<number>();

  /** Takes the rows of a part. */
  take(part: string, rows: readonly Row[]): void {
    const tables = isPodPart(part) ? this.ofPods : this.ofControls;
    for (const { counter, table } of rows) {
      if (counter !== undefined) tables.add(table);
    }
  }

  clear(): void {
    this.ofControls.clear();
    this.ofPods.clear();
  }
}
