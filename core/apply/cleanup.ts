/** Removes from a bridge all that carries Sluice's mark, and nothing else. @module */
import { farEndsOf, toBridgePort } from "../observe/bridge_rows.ts";
import { holderNote } from "../observe/holder.ts";
import { removeFarEnd } from "./far_end_operations.ts";
import { floodChanges, releaseFlooding } from "./flooding.ts";
import { FloodClient, OpenFlowClient } from "../openflow/mod.ts";
import { bridgeView, type Cache, type OvsdbSession } from "../ovsdb/mod.ts";
import { removePort } from "./port_operations.ts";
import { allowedProtocol, disallowProtocol, noteHolder, notePlaces } from "./bridge_operations.ts";
import { ownMeters, withdrawFlows } from "./withdraw.ts";
import { isOurs, OWN_COOKIE, OWNER_MASK } from "../base/marks.ts";

/**
 * Removes all flows with Sluice's mark in their cookie, also those that the switch has learned, in one bundle, and the
 * meters of Sluice.
 *
 * @param address `unix:PATH` or `tcp:HOST:PORT`.
 * @param options With `dryRun`, nothing is removed.
 * @returns How many flows there were.
 */
export async function removeFlows(
  address: string,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<number> {
  await using client = await OpenFlowClient.connect(address);
  const flows = await client.dumpFlows({ cookie: OWN_COOKIE, cookieMask: OWNER_MASK });
  const meters = await ownMeters(client);
  if (flows.length + meters.length > 0 && !dryRun) await withdrawFlows(client);
  return flows.filter(isOurs).length;
}

/** The ports that Sluice has made, and their far ends on other bridges. */
function ownPorts(cache: Cache, bridge: string) {
  const view = bridgeView(cache, bridge);
  return {
    farEnds: [...farEndsOf(cache, bridge).values()],
    ports: [...view?.ports.values() ?? []]
      .flatMap(({ row, interfaces }) =>
        interfaces.map((each) => toBridgePort(each, row, view!.row))
      )
      .filter(({ ours }) => ours),
  };
}

/** Names of the ports that `removePorts` would remove, sorted. */
export function removablePorts(cache: Cache, bridge: string): string[] {
  const { ports, farEnds } = ownPorts(cache, bridge);
  return [...ports, ...farEnds].map(({ name }) => name).sort();
}

/**
 * Removes all ports that Sluice has made, and their far ends on other bridges. To be called after `removeFlows`: a flow
 * that sends to a port without a device loses packets.
 *
 * @returns Names of the removed ports, sorted.
 */
export async function removePorts(ovsdb: OvsdbSession, bridge: string): Promise<string[]> {
  const { ports, farEnds } = ownPorts(ovsdb.cache, bridge);
  const names = removablePorts(ovsdb.cache, bridge); // the cache does not have them afterwards
  const operations = [
    ...ports.flatMap((port) => removePort(bridge, port)),
    ...farEnds.flatMap(removeFarEnd),
  ];
  if (operations.length > 0) await ovsdb.commit(operations);
  return names;
}

/** Removes the note which agent has worked on the bridge. */
export async function forgetHolder(ovsdb: OvsdbSession, bridge: string): Promise<void> {
  if (holderNote(ovsdb.cache, bridge) === undefined) return;
  await ovsdb.write([noteHolder(bridge, undefined)]);
}

/** Removes the notes which places the ports of redirects and mirrors have had. */
export async function forgetPlaces(ovsdb: OvsdbSession, bridge: string): Promise<void> {
  const external_ids = bridgeView(ovsdb.cache, bridge)?.row.external_ids ?? {};
  const operation = notePlaces(bridge, external_ids, new Map());
  if (operation) await ovsdb.write([operation]);
}

/** Lets those ports take part in flooding again that Sluice did not make and has taken out of it. */
export async function restoreFlooding(
  address: string,
  ovsdb: OvsdbSession,
  bridge: string,
): Promise<void> {
  const ports = floodChanges(ovsdb, bridge);
  if (ports.length === 0) return;
  await using client = await FloodClient.connect(address);
  await releaseFlooding(client, ports, { ovsdb, bridge });
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
