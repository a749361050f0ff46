/** Why nothing may be written to a bridge at the moment. @module */
import { type Condition, condition } from "../contracts/condition.ts";
import { bridgeConditions } from "../observe/bridge_conditions.ts";
import type { SwitchConnection } from "../observe/switch_connection.ts";
import type { SwitchObserver } from "../observe/switch_observer.ts";
import type { OvsdbSession } from "../ovsdb/mod.ts";

export interface BlockerInputs {
  readonly bridge: string;
  readonly ovsdb: Pick<OvsdbSession, "connected" | "cache">;
  /** Where OVSDB is. */
  readonly ovsdbAddress: string;
  readonly connection: Pick<SwitchConnection, "condition">;
  readonly observer: Pick<SwitchObserver, "unusable">;
}

/** Empty when Sluice may write. */
export function blockersOf(inputs: BlockerInputs): Condition[] {
  const { bridge, ovsdb, ovsdbAddress, connection, observer } = inputs;
  if (!ovsdb.connected) {
    return [condition("Disconnected", `OVSDB at "${ovsdbAddress}" does not answer`)];
  }
  const conditions = bridgeConditions(ovsdb.cache, bridge);
  if (conditions.length > 0) return conditions;
  return [connection.condition, observer.unusable].filter((found) => found !== undefined);
}
