/** Which database of Open vSwitch an agent works with. @module */
import { MARK } from "../base/marks.ts";
import { bridgeView, type Cache, DATABASE } from "../ovsdb/mod.ts";

export interface Database {
  /** UUID of the only row of table Open_vSwitch. No other database has it, whatever its bridges are called. */
  readonly id: string;
  /** Whether the bridge has a mark of Sluice: in the row of a port, or in its own. */
  readonly isMarked: boolean;
}

/** Nothing if the database has no content yet. */
export function databaseOf(cache: Cache, bridge: string): Database | undefined {
  const row = cache.all(DATABASE).next().value;
  if (!row) return undefined;
  const view = bridgeView(cache, bridge);
  const ports = [...view?.ports.values() ?? []];
  const isMarked = ports.some(({ row }) => MARK in row.external_ids) ||
    Object.keys(view?.row.external_ids ?? {}).some((key) => key.startsWith(MARK));
  return { id: row._uuid, isMarked };
}
