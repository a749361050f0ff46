/** Removes from a bridge all that carries Sluice's mark, and nothing else. @module */
import { farEndsOf, toBridgePort } from "../observe/bridge_rows.ts";
import { removeFarEnd } from "./far_end_operations.ts";
import { floodChanges, releaseFlooding } from "./flooding.ts";
import { OpenFlowClient } from "../openflow/mod.ts";
import { bridgeView, type OvsdbSession } from "../ovsdb/mod.ts";
import { removePort } from "./port_operations.ts";
import { allowedProtocol, disallowProtocol } from "./bridge_operations.ts";
import { withdrawFlows } from "./withdraw.ts";
import { isOurs, OWN_COOKIE, OWNER_MASK } from "../base/marks.ts";

/** What was removed. */
export interface Removed {
  /** Number of flows. */
  readonly flows: number;
  /** Names of ports. */
  readonly ports: readonly string[];
}

/**
 * Removes all flows with Sluice's mark in their cookie, also those that the switch has learned, in one bundle.
 *
 * @param address `unix:PATH` or `tcp:HOST:PORT`.
 * @returns How many flows there were.
 */
export async function removeFlows(address: string, signal?: AbortSignal): Promise<number> {
  await using client = await OpenFlowClient.connect(address, signal ? { signal } : {});
  const flows = await client.dumpFlows({ cookie: OWN_COOKIE, cookieMask: OWNER_MASK });
  if (flows.length > 0) await withdrawFlows(client);
  return flows.filter(isOurs).length;
}

/**
 * Removes all ports that Sluice has made, and their far ends on other bridges. To be called after `removeFlows`: a flow
 * that sends to a port without a device loses packets.
 *
 * @returns Names of the removed ports, sorted.
 */
export async function removePorts(ovsdb: OvsdbSession, bridge: string): Promise<string[]> {
  const view = bridgeView(ovsdb.cache, bridge);
  const farEnds = [...farEndsOf(ovsdb.cache, bridge).values()];
  const ports = [...view?.ports.values() ?? []]
    .flatMap(({ row, interfaces }) => interfaces.map((each) => toBridgePort(each, row, view!.row)))
    .filter(({ ours }) => ours);
  const operations = [
    ...ports.flatMap((port) => removePort(bridge, port)),
    ...farEnds.flatMap(removeFarEnd),
  ];
  if (operations.length > 0) await ovsdb.commit(operations);
  return [...ports, ...farEnds].map(({ name }) => name).sort();
}

/** Lets those ports take part in flooding again that Sluice did not make and has taken out of it. */
export async function restoreFlooding(
  address: string,
  ovsdb: OvsdbSession,
  bridge: string,
): Promise<void> {
  const ports = floodChanges(ovsdb, bridge);
  if (ports.length > 0) await releaseFlooding({ address }, ports, { ovsdb, bridge });
}

/**
 * Removes the protocol that `--allow-protocol-change` has added. To be called last: the other functions need it.
 *
 * @returns The protocol; nothing if Sluice had not added one.
 */
export async function restoreProtocols(
  ovsdb: OvsdbSession,
  bridge: string,
): Promise<string | undefined> {
  const protocol = allowedProtocol(bridgeView(ovsdb.cache, bridge)?.row.external_ids ?? {});
  if (protocol !== undefined) await ovsdb.commit([disallowProtocol(bridge, protocol)]);
  return protocol;
}
