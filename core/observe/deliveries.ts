/** Finds the owner's flows that send packets to the ports of Pods, for pipelines that stand in their place. @module */
import { isOurs, OWN_COOKIE, OWNER_MASK } from "../base/marks.ts";
import type { Delivery, PipelineType } from "../contracts/mod.ts";
import type { DeliveriesByPort } from "../model/flows/deliveries.ts";
import { LOCAL_NUMBER } from "../model/ports/bridge_ports.ts";
import { type Flow, type OpenFlowClient, PORT } from "../openflow/mod.ts";

const OURS = { cookie: OWN_COOKIE, cookieMask: OWNER_MASK };

/** The port to which the flow sends packets, if it does that and nothing else. */
export function deliversTo({ table, actions }: Flow): number | undefined {
  const [only, ...more] = actions;
  const isOne = table !== 0 && only?.type === "output" && more.length === 0;
  return isOne && only.port < PORT.MAX ? only.port : undefined;
}

/** @param foreign Flows of the owner. */
export function deliveriesIn(foreign: readonly Flow[]): DeliveriesByPort {
  const found = new Map<number, Delivery[]>();
  for (const flow of foreign) {
    const port = deliversTo(flow);
    if (port === undefined || isOurs(flow)) continue;
    const { table, match } = flow;
    found.getOrInsertComputed(port, () => []).push({ table, match });
  }
  return found;
}

/**
 * The tables in which the owner sends packets to ports; none if the pipeline does not stand in the place of such flows. All
 * of them are in the tables of one of them, so the switch is asked about one port after the other only until one has a flow.
 */
export async function findDeliveryTables(
  client: OpenFlowClient,
  { deliveryRows }: PipelineType,
  ports: Iterable<{ readonly ours: boolean; readonly ofport?: number }>,
): Promise<readonly number[]> {
  if (!deliveryRows) return [];
  for (const { ours, ofport: outPort } of ports) {
    if (ours || outPort === undefined || outPort >= LOCAL_NUMBER) continue;
    const flows = await client.flows({ outPort }, OURS);
    const tables = flows.filter((flow) => deliversTo(flow) === outPort).map(({ table }) => table);
    if (tables.length > 0) return [...new Set(tables)];
  }
  return [];
}
