/** An OpenFlow 1.5 client, its messages as data, and the text form of flows and groups. @module */
export type { Action, ActionOf, ActionType, LearnSpec, Subfield } from "./action_types.ts";
export type { BundleMessage } from "./bundle.ts";
export { type Features, OpenFlowClient, type OpenFlowOptions } from "./client.ts";
export type { FieldSpec } from "./field_types.ts";
export { FIELDS } from "./fields.ts";
export {
  actionsKey,
  type Flow,
  type FlowFlag,
  flowKey,
  flowsEqual,
  type FlowStats,
} from "./flow.ts";
export type { FlowCommand, FlowFilter, FlowRemoved } from "./flow_messages.ts";
export type { FlowChanged, FlowUpdate, MonitorFilter } from "./flow_monitor.ts";
export { formatFilter, formatFlow, parseFlow } from "./flow_text.ts";
export { formatGroup, parseGroup } from "./group_text.ts";
export type { Bucket, Group, GroupCommand, GroupType, SelectionMethod } from "./groups.ts";
export { type FieldValue, type Match, match, type MatchFields } from "./match.ts";
export { BundleError, OpenFlowError, ProtocolMissingError } from "./openflow_errors.ts";
export type { PacketIn, PacketOut } from "./packets.ts";
export { readFloodConfig, setNoFlood } from "./port_flood.ts";
export type { PortConfigFlag, PortDescription, PortMod, PortStatus } from "./port_messages.ts";
export { GROUP, PORT, toShortPort } from "./ports.ts";
export type { AsyncMessage, Subscription } from "./subscriptions.ts";
