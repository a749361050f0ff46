/** What the switch has: the flows of Sluice, and what of the owner stands in their place. @module */
import {
  type FlowStats,
  type Group,
  type MonitorFilter,
  OpenFlowClient,
  PORT,
  type PortDescription,
} from "../openflow/mod.ts";
import { MANY_PORTS, sendsTo } from "./foreign_flows.ts";
import { CLASS_MASK, isOurs, OWN_COOKIE } from "../base/marks.ts";

/** What the bridge has: ours, and what of others' stands in our place. */
export interface SwitchState {
  /** Ours, but for the learned ones. */
  readonly flows: readonly FlowStats[];
  readonly foreign: readonly FlowStats[];
  /** Others' flows, in whatever table, and groups that send to all ports: also to those out of flooding. */
  readonly toAll: readonly (FlowStats | Group)[];
  /** The same that flood. */
  readonly toFlood: readonly (FlowStats | Group)[];
  readonly ports: readonly PortDescription[];
}

type Tables = { readonly first: number; readonly count: number };

/** The owner's first table, where our hooks are, and ours. */
function tablesInUse({ first, count }: Tables): number[] {
  return [0, ...Array.from({ length: count }, (_, offset) => first + offset)];
}

/** What a connection tells of, as keys. */
export type Watches = ReadonlySet<string>;
export const NO_WATCHES: Watches = new Set();

/**
 * From here on the switch tells when another controller changes a flow in the tables, or one that sends to many ports.
 *
 * @param before What it tells of already; a table that is of no use any more costs a message now and then.
 * @returns What it tells of now.
 */
export async function watchFlows(
  client: OpenFlowClient,
  tables: Tables,
  before: Watches,
): Promise<Watches> {
  const wanted: MonitorFilter[] = [
    ...tablesInUse(tables).map((table) => ({ table })),
    ...MANY_PORTS.map((outPort) => ({ outPort })),
  ];
  const added = wanted.filter((filter) => !before.has(JSON.stringify(filter)));
  await Promise.all(
    added.map((filter, index) => client.monitorFlows({ ...filter, id: before.size + index + 1 })),
  );
  return new Set([...before, ...added.map((filter) => JSON.stringify(filter))]);
}

/** @param tables Those of the pipeline. */
export async function readSwitch(client: OpenFlowClient, tables: Tables): Promise<SwitchState> {
  const [own, ports, groups, toAll, toFlood, ...others] = await Promise.all([
    client.dumpFlows({ cookie: OWN_COOKIE, cookieMask: CLASS_MASK }),
    client.portDescriptions(),
    client.dumpGroups(),
    ...MANY_PORTS.map((outPort) => client.dumpFlows({ outPort })),
    ...tablesInUse(tables).map((table) => client.dumpFlows({ table })),
  ]);
  const groupsTo = (port: number) =>
    groups.filter(({ buckets }) => buckets.some(({ actions }) => sendsTo(actions, port)));
  return {
    flows: own,
    ports,
    toAll: [...toAll!, ...groupsTo(PORT.ALL)],
    toFlood: [...toFlood!, ...groupsTo(PORT.FLOOD)],
    foreign: others.flat().filter((flow) => !isOurs(flow)),
  };
}
