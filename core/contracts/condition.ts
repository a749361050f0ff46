/**
 * Conditions: why Sluice does not do what it is asked to do, and how a user can change that. One table of reasons.
 * @module
 */

/** Each reason why Sluice does not do what a TrafficControl asks for, or does it and warns. */
export const REASONS = {
  Invalid: "the object, or an annotation of a Pod, is not valid",
  PluginFailed: "a plugin that the object uses threw an error or returned a wrong result",
  Conflict: "an older TrafficControl uses one of the ports in another way",
  Superseded: "another TrafficControl redirects the Pod, or drops its packets",
  AmbiguousMAC: "two Pods on the node have the same MAC address",
  NoPort: "no resolver finds the Pod's port on the bridge",
  NoMAC: "the address by which packets to the Pod are matched is not known",
  ResolverFailed: "a resolver threw an error for the Pod",
  DeviceMissing: "the network device does not exist on the node",
  DeviceReplaced:
    "the network device was deleted and made again, and Open vSwitch does not receive from the new one",
  DeviceInUse: "the network device or port is in use by its owner",
  LinkDown: "the link of the network device is down",
  TunnelInUse: "the tunnel belongs to another owner or to an older TrafficControl",
  FarEndFailed: "the other end of the port, on another bridge, cannot be made",
  PortFailed: "Open vSwitch cannot make the port",
  PortPending: "Open vSwitch has not given the port an OpenFlow port number yet",
  MTUTooSmall:
    "the port, or the device below the tunnel, has too small an MTU for the bridge's packets",
  TableRangeTaken: "a flow of another controller stands where a flow of Sluice must be",
  ProtocolMissing: "the bridge does not allow a version of OpenFlow that Sluice needs",
  BridgeFailOpen: "the bridge forwards packets by itself, as its controller is not connected",
  BridgeMissing: "the bridge does not exist",
  UnsupportedBridge: "the bridge belongs to OVN, or a flow of its owner sends packets to all ports",
  SpanningTree: "the bridge's spanning tree would block a port of the redirect",
  UnsupportedTreatment: "the bridge's pipeline cannot do what the object asks for",
  FlowsRefused: "the switch refuses a flow, e.g. as a table is full; Sluice tries it again",
  FlowsLeftOut: "a flow is left out, as something about the Pod or the port cannot be matched",
  RoundFailed: "Open vSwitch refused a change; Sluice tries it again",
  Disconnected: "OVSDB or the bridge does not answer",
} as const;
export type Reason = keyof typeof REASONS;

/** A state that a user should know: Sluice does not realize an object, or realizes it and warns. */
export interface Condition {
  readonly reason: Reason;
  /** The state, as a sentence without a full stop. */
  readonly message: string;
  /** What the user can do about it. If it is a command, it stands in double quotes after the word "run". */
  readonly cure?: string;
  /** The condition is only a warning: the object is realized all the same. */
  readonly warning?: true;
}

export function condition(reason: Reason, message: string, cure?: string): Condition {
  return { reason, message, ...(cure !== undefined && { cure }) };
}
export function warning(reason: Reason, message: string, cure?: string): Condition {
  return { ...condition(reason, message, cure), warning: true };
}

/** Message and cure as one text. */
export function sentence({ message, cure }: Pick<Condition, "message" | "cure">): string {
  return cure === undefined ? message : `${message}: ${cure}`;
}

/** Whether two conditions have the same reason and text, or both are absent. */
export function isSame(one: Condition | undefined, other: Condition | undefined): boolean {
  if (!one || !other) return one === other;
  return one.reason === other.reason && sentence(one) === sentence(other);
}
