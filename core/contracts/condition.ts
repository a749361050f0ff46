/** Conditions: what Sluice does not do, why, and the cure. One table of reasons. @module */

/** Design section 3, "When Sluice refuses", and what can be missing. */
export const REASONS = {
  Invalid: "the object does not say what to do",
  PluginFailed: "a plugin that the object uses does not do what it should",
  Conflict: "its ports are not one-to-one with another TrafficControl's",
  Superseded: "another redirect has the Pod",
  AmbiguousMAC: "two local Pods have one MAC",
  NoPort: "no resolver finds the Pod's port",
  NoMAC: "the Pod's MAC is not known",
  ResolverFailed: "a resolver refuses the Pod",
  DeviceMissing: "the device does not exist on the node",
  DeviceInUse: "the device is somebody's own",
  LinkDown: "the device's link is down",
  TunnelInUse: "somebody else has the tunnel",
  FarEndFailed: "the port's far end, on another bridge, cannot be",
  PortFailed: "Open vSwitch cannot make the port",
  PortPending: "the port has no OpenFlow port number yet",
  MTUTooSmall: "the port cannot take the bridge's MTU",
  TableRangeTaken: "foreign flows are in our place",
  ProtocolMissing: "the bridge does not allow OpenFlow 1.5",
  BridgeFailOpen: "the bridge forwards by itself",
  BridgeMissing: "the bridge does not exist",
  UnsupportedBridge: "the bridge is OVN's, or floods to all ports",
  FlowsLeftOut: "something about the Pod or the port cannot be matched",
  RoundFailed: "Open vSwitch refused a change; it is tried again",
  Disconnected: "Open vSwitch does not answer",
} as const;
export type Reason = keyof typeof REASONS;

export interface Condition {
  readonly reason: Reason;
  /** What is the case, and the cure. */
  readonly message: string;
  /** It is no more than a warning: the object is realized all the same. */
  readonly warning?: true;
}

export function condition(reason: Reason, message: string): Condition {
  return { reason, message };
}
export function warning(reason: Reason, message: string): Condition {
  return { reason, message, warning: true };
}
