/** Which database of Open vSwitch an agent works with. @module */
import { MARK } from "../base/marks.ts";
import { bridgeView, type Cache, DATABASE } from "../ovsdb/mod.ts";

export interface Database {
  /** UUID of the only row of table Open_vSwitch. No other database has it, whatever its bridges are called. */
  readonly id: string;
  /** Names of those of the bridges that have a mark of Sluice: in the row of a port, or in their own. */
  readonly marked: ReadonlySet<string>;
}

/** Nothing if the database has no content yet. */
export function databaseOf(cache: Cache, bridges: readonly string[]): Database | undefined {
  const row = cache.all(DATABASE).next().value;
  if (!row) return undefined;
  return { id: row._uuid, marked: new Set(bridges.filter((bridge) => isMarked(cache, bridge))) };
}

function isMarked(cache: Cache, bridge: string): boolean {
  const view = bridgeView(cache, bridge);
  const ports = [...view?.ports.values() ?? []];
  return ports.some(({ row }) => MARK in row.external_ids) ||
    Object.keys(view?.row.external_ids ?? {}).some((key) => key.startsWith(MARK));
}
