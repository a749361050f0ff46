/** Reads the switch: the flows of Sluice, its ports, and the foreign flows that may hinder Sluice. @module */
import {
  type Flow,
  flowKey,
  type Group,
  type Match,
  match,
  type Meter,
  type MonitorFilter,
  OpenFlowClient,
  PORT,
  type PortDescription,
} from "../openflow/mod.ts";
import type { PipelineType } from "../contracts/mod.ts";
import { MANY_PORTS, sendsTo } from "./foreign_flows.ts";
import { CLASS_MASK, isLearned, isOurs, OWN_COOKIE, OWNER_MASK } from "../base/marks.ts";

/** What the switch had when it was read. */
export interface SwitchState {
  /** Sluice's flows, without those that the switch has learned. */
  readonly flows: readonly Flow[];
  /** Flows in Sluice's tables that the switch has learned. */
  readonly learned: readonly Flow[];
  /** Foreign flows in all tables in which Sluice has flows. */
  readonly foreign: readonly Flow[];
  /** Foreign flows of all tables that match a bit which the pipeline needs for itself. */
  readonly marked: readonly Flow[];
  /** Flows of all tables, and groups, that send to ALL, which includes ports with the flag NO_FLOOD. */
  readonly toAll: readonly (Flow | Group)[];
  /** Flows of all tables, and groups, that send to FLOOD. */
  readonly toFlood: readonly (Flow | Group)[];
  readonly ports: readonly PortDescription[];
  readonly meters: readonly Meter[];
}

/** Sluice's flows, without those that the switch has learned. */
const OWN_FLOWS = { cookie: OWN_COOKIE, cookieMask: CLASS_MASK };

/** All flows of Sluice, also those that the switch has learned. */
const OURS = { cookie: OWN_COOKIE, cookieMask: OWNER_MASK };

/** How many flows of `SwitchState` the switch has. */
export interface FlowCounts {
  readonly flows: number;
  readonly foreign: number;
}

/** Sluice's tables: numbers from `first` on, and those of the owner in which Sluice has flows, too, beside table 0. */
export interface TablesInUse {
  readonly first: number;
  readonly count: number;
  readonly owners?: readonly number[];
  /** See `PipelineType`. */
  readonly marks?: PipelineType["marks"];
}

/** Flows that match one of the bits that the pipeline needs for itself. */
function marked({ marks }: TablesInUse): { readonly match: Match }[] {
  return (marks?.bits ?? []).flatMap((bit) =>
    [0n, bit].map((value) => ({ match: match({ [marks!.field]: [value, bit] }) }))
  );
}

/** Numbers of all tables in which Sluice has flows. */
function numbersOf({ first, count, owners = [] }: TablesInUse): number[] {
  return [0, ...owners, ...Array.from({ length: count }, (_, offset) => first + offset)];
}

/** What the switch has been asked to report over one connection, as texts that can be compared. */
export type Watches = ReadonlySet<string>;
export const NO_WATCHES: Watches = new Set();

/**
 * Asks the switch to report each change of a flow in table 0, in Sluice's tables, or with an output to ALL or FLOOD.
 * That holds until the connection ends: flow monitors, OpenFlow 1.5.1 section 7.3.5.18.
 *
 * @param before What the switch reports already. It goes on with tables that are not used any more, which costs a
 * message now and then.
 * @returns What it reports now.
 */
export async function watchFlows(
  client: OpenFlowClient,
  tables: TablesInUse,
  before: Watches,
): Promise<Watches> {
  const wanted: MonitorFilter[] = [
    ...numbersOf(tables).map((table) => ({ table })),
    ...MANY_PORTS.map((outPort) => ({ outPort })),
    ...marked(tables),
  ];
  const added = wanted.filter((filter) => !before.has(textOf(filter)));
  await Promise.all(
    added.map((filter, index) => client.monitorFlows({ ...filter, id: before.size + index + 1 })),
  );
  return new Set([...before, ...added.map(textOf)]);
}

const textOf = ({ match: fields = {}, ...filter }: MonitorFilter) =>
  JSON.stringify([filter, flowKey({ table: 0, priority: 0, match: fields })]);

/** Reads all that `SwitchState` holds. @param tables Those of the pipeline. */
export async function readSwitch(
  client: OpenFlowClient,
  tables: TablesInUse,
): Promise<SwitchState> {
  const [own, meters, ports, groups, withMarks, toAll, toFlood, ...others] = await Promise.all([
    client.flows(OWN_FLOWS),
    client.meters(),
    client.portDescriptions(),
    client.dumpGroups(),
    Promise.all(marked(tables).map((filter) => client.flows(filter, OURS))),
    ...MANY_PORTS.map((outPort) => client.flows({ outPort })),
    ...numbersOf(tables).map((table) => client.flows({ table }, OWN_FLOWS)),
  ]);
  const groupsTo = (port: number) =>
    groups.filter(({ buckets }) => buckets.some(({ actions }) => sendsTo(actions, port)));
  return {
    flows: own,
    meters,
    ports,
    marked: withMarks.flat(),
    toAll: [...toAll!, ...groupsTo(PORT.ALL)],
    toFlood: [...toFlood!, ...groupsTo(PORT.FLOOD)],
    learned: others.flat().filter(isLearned),
    foreign: others.flat().filter((flow) => !isOurs(flow)),
  };
}

/** Counts flows. The switch does that, so it costs a few short messages. @param tables Those of the pipeline. */
export async function countFlows(client: OpenFlowClient, tables: TablesInUse): Promise<FlowCounts> {
  const [flows, ours, ...all] = await Promise.all([
    client.countFlows(OWN_FLOWS),
    client.countFlows(OURS),
    ...numbersOf(tables).map((table) => client.countFlows({ table })),
  ]);
  return { flows: flows!, foreign: all.reduce((sum, count) => sum + count, 0) - ours! };
}
