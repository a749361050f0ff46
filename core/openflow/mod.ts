/** Temporary. @module */
export type { Action, ActionOf, LearnAction, LearnSpec, Subfield } from "./action_types.ts";
export * from "./flow.ts";
export * from "./flow_text.ts";
export * from "./flow_monitor.ts";
export * from "./match.ts";
export * from "./client.ts";
export * from "./bundle.ts";
export * from "./port_messages.ts";
export * from "./port_flood.ts";
export * from "./openflow_errors.ts";
export type { AsyncMessage } from "./subscriptions.ts";
