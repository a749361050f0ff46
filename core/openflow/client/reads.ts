/** What can be read of a switch by requests whose answer may come in several messages. @module */
import {
  type CookieFilter,
  type FlowFilter,
  readBareFlows,
  readFlows,
  readFlowTotals,
  writeFlowRequest,
} from "../messages/flow_messages.ts";
import { readGroups, writeGroupRequest } from "../messages/groups.ts";
import {
  readMeterCounts,
  readMeters,
  writeMeterCountsRequest,
  writeMeterRequest,
} from "../messages/meters.ts";
import { readPorts, writePortRequest } from "../messages/port_messages.ts";
import { readPortStats, writePortStatsRequest } from "../messages/port_stats.ts";
import type { Reader, Writer } from "../fields/binary.ts";
import { MULTIPART } from "./multipart.ts";

/** Flows with their counters. */
export const flowsOf = (filter: FlowFilter) => ({
  type: MULTIPART.flow_desc,
  write: (writer: Writer) => writeFlowRequest(writer, filter),
  read: readFlows,
});

/** Flows without counters. @param except Flows that are left out. */
export const bareFlowsOf = (filter: FlowFilter, except: CookieFilter | undefined) => ({
  ...flowsOf(filter),
  read: (reader: Reader) => readBareFlows(reader, except),
});

export const totalsOf = (filter: FlowFilter) => ({
  ...flowsOf(filter),
  type: MULTIPART.aggregate_stats,
  read: (reader: Reader) => [readFlowTotals(reader)],
});

export const meterCountsOf = (id: number) => ({
  type: MULTIPART.meter_stats,
  write: (writer: Writer) => writeMeterCountsRequest(writer, id),
  read: readMeterCounts,
});

export const portStatsOf = (port: number) => ({
  type: MULTIPART.port_stats,
  write: (writer: Writer) => writePortStatsRequest(writer, port),
  read: readPortStats,
});

export const GROUPS = { type: MULTIPART.group_desc, write: writeGroupRequest, read: readGroups };
export const METERS = { type: MULTIPART.meter_desc, write: writeMeterRequest, read: readMeters };
export const PORTS = { type: MULTIPART.port_desc, write: writePortRequest, read: readPorts };
