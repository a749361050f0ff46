/** Removes everything that carries our mark on a bridge, and nothing else. @module */
import { farEndsOf, toBridgePort } from "../observe/bridge_rows.ts";
import { removeFarEnd } from "./far_end_operations.ts";
import { floodChanges, releaseFlooding } from "./flooding.ts";
import { OpenFlowClient } from "../openflow/mod.ts";
import { bridgeView, type OvsdbSession } from "../ovsdb/mod.ts";
import { removePort } from "./port_operations.ts";
import { allowedProtocol, disallowProtocol } from "./bridge_operations.ts";
import { withdrawFlows } from "./withdraw.ts";
import { isOurs, OWN_COOKIE, OWNER_MASK } from "../base/marks.ts";

export interface Removed {
  readonly flows: number;
  readonly ports: readonly string[];
}

/** All flows of our cookies, learned ones too, in one bundle. */
export async function removeFlows(address: string, signal?: AbortSignal): Promise<number> {
  await using client = await OpenFlowClient.connect(address, signal ? { signal } : {});
  const flows = await client.dumpFlows({ cookie: OWN_COOKIE, cookieMask: OWNER_MASK });
  if (flows.length > 0) await withdrawFlows(client);
  return flows.filter(isOurs).length;
}

/** With their far ends on other bridges. Ports after flows: a flow that names a port which is gone would lose packets. */
export async function removePorts(ovsdb: OvsdbSession, bridge: string): Promise<string[]> {
  const view = bridgeView(ovsdb.cache, bridge);
  const farEnds = [...farEndsOf(ovsdb.cache, bridge).values()];
  const ports = [...view?.ports.values() ?? []]
    .flatMap(({ row, interfaces }) => interfaces.map((each) => toBridgePort(each, row)))
    .filter(({ ours }) => ours);
  const operations = [
    ...ports.flatMap((port) => removePort(bridge, port)),
    ...farEnds.flatMap(removeFarEnd),
  ];
  if (operations.length > 0) await ovsdb.commit(operations);
  return [...ports, ...farEnds].map(({ name }) => name).sort();
}

/** Ports of others that we kept out of flooding take part in it again. */
export async function restoreFlooding(
  address: string,
  ovsdb: OvsdbSession,
  bridge: string,
): Promise<void> {
  const ports = floodChanges(ovsdb, bridge);
  if (ports.length > 0) await releaseFlooding({ address }, ports, { ovsdb, bridge });
}

/** What `--allow-protocol-change` has added; last, as all else goes by it. @returns The protocol, if there was one. */
export async function restoreProtocols(
  ovsdb: OvsdbSession,
  bridge: string,
): Promise<string | undefined> {
  const protocol = allowedProtocol(bridgeView(ovsdb.cache, bridge)?.row.external_ids ?? {});
  if (protocol !== undefined) await ovsdb.commit([disallowProtocol(bridge, protocol)]);
  return protocol;
}
