/**
 * An OpenFlow 1.5 client, its messages as data, and flows, groups and meters as text. Other rooms import only this file.
 * @module
 */
export type {
  Action,
  ActionOf,
  ActionType,
  LearnAction,
  LearnSpec,
} from "./messages/action_types.ts";
export type { BundleMessage } from "./client/bundle.ts";
export { type Features, OpenFlowClient, type OpenFlowOptions } from "./client/client.ts";
export type { FieldSpec, FieldValue, Match } from "./fields/field_types.ts";
export { fieldNamed, FIELDS } from "./fields/fields.ts";
export {
  actionsKey,
  type Flow,
  type FlowFlag,
  flowKey,
  flowsEqual,
  type FlowStats,
  sameContent,
} from "./messages/flow.ts";
export { checkSize } from "./messages/flow_size.ts";
export type { FlowCommand, FlowFilter, FlowRemoved } from "./messages/flow_messages.ts";
export type { FlowChanged, FlowUpdate, MonitorFilter } from "./messages/flow_monitor.ts";
export { formatFilter, formatFlow, parseFlow } from "./text/flow_text.ts";
export { formatGroup, parseGroup } from "./text/group_text.ts";
export type { Bucket, Group, GroupCommand, GroupType, SelectionMethod } from "./messages/groups.ts";
export { canonicalMatch, match, type MatchFields } from "./fields/match.ts";
export { BundleError, OpenFlowError, ProtocolMissingError } from "./client/openflow_errors.ts";
export type { Meter, MeterCommand, MeterCounts, MeterLimit } from "./messages/meters.ts";
export { formatMeter } from "./text/meter_text.ts";
export type { PacketIn, PacketOut } from "./messages/packets.ts";
export { FloodClient, type FloodOptions } from "./client/flood_client.ts";
export type {
  PortConfigFlag,
  PortDescription,
  PortMod,
  PortStatus,
} from "./messages/port_messages.ts";
export type { PortStats } from "./messages/port_stats.ts";
export { GROUP, PORT, toShortPort } from "./fields/ports.ts";
export type { AsyncMessage, Subscription } from "./client/subscriptions.ts";
export type { Subfield } from "./fields/subfields.ts";
