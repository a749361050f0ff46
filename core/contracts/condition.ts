/**
 * Conditions: why Sluice does not do what it is asked to do, and how a user can change that. One table of reasons.
 * @module
 */

import { harmless } from "../base/foreign_text.ts";
import { LIMITS } from "../base/limits.ts";

/** Each reason why Sluice does not do what a TrafficControl asks for, or does it and warns. */
export const REASONS = {
  Invalid: "the object, or an annotation of a Pod, is not valid",
  Pending: "the time from which the object is in effect has not come yet",
  Expired: "the time until which the object is in effect is over",
  PluginFailed: "a plugin that the object uses threw an error or returned a wrong result",
  Conflict: "an older TrafficControl uses one of the ports in another way",
  Superseded: "another TrafficControl redirects the Pod, or drops its packets",
  AmbiguousMAC: "two Pods on the node have the same MAC address",
  AmbiguousIP: "two Pods on the node have the same IP address in the same VLAN",
  NoPort: "no resolver finds the Pod's port on the bridge",
  DeliveryMissing: "the bridge's owner has no flow that sends packets to the Pod's port",
  ClaimRefused: "what a Pod's annotations say of its port or its addresses does not count",
  NoMAC: "the address by which packets to the Pod are matched is not known",
  ResolverFailed: "a resolver threw an error for the Pod",
  DeviceMissing: "the network device does not exist on the node",
  DeviceReplaced:
    "the network device was deleted and made again, and Open vSwitch does not receive from the new one",
  DeviceInUse: "the network device or port is in use by its owner",
  LinkDown:
    "the link of the network device is down, or the owner has set the port to pass no packets",
  TunnelInUse: "the tunnel belongs to another owner or to an older TrafficControl",
  NoRoute: "no packet can reach the address that the tunnel leads to",
  FarEndFailed: "the other end of the port, on another bridge, cannot be made",
  PortFailed: "Open vSwitch cannot make the port",
  PortPending: "Open vSwitch has not given the port an OpenFlow port number yet",
  MTUTooSmall:
    "the port, or the device below the tunnel, has too small an MTU for the bridge's packets",
  TableRangeTaken: "a flow of another controller stands where a flow of Sluice must be",
  ProtocolMissing: "the bridge does not allow a version of OpenFlow that Sluice needs",
  BridgeFailOpen: "the bridge forwards packets by itself, as its controller is not connected",
  BridgeMissing: "the bridge does not exist",
  AnotherAgent: "another agent of Sluice works on the bridge",
  UnsupportedBridge: "the bridge belongs to OVN, or a flow of its owner sends packets to all ports",
  SensorDown: "a sensor of the redirect does not work: probes do not come back from it",
  SensorOverloaded: "a sensor of the redirect forwards packets, and loses some",
  SensorSilent: "a sensor of the redirect returns nothing of what goes into it; it is not probed",
  NoTraffic:
    "no packet has come for a long time that the object copies, redirects or drops; --no-traffic-after sets it",
  Bypassed:
    "no sensor of the redirect works, so packets pass without one, as failureMode Open says",
  Blocked:
    "no pair of ports of the redirect is there, so no packet passes, as failureMode Closed says",
  LinkUnknown: "an internal port, one of several, has no link that Open vSwitch sees",
  SpanningTree: "the bridge's spanning tree would block a port of the redirect",
  UnsupportedTreatment: "the bridge's pipeline cannot do what the object asks for",
  FlowsRefused: "the switch refuses a flow, e.g. as a table is full; Sluice tries it again",
  FlowsLeftOut: "a flow is left out, as something about the Pod or the port cannot be matched",
  SourceIncomplete: "a source has not given all its objects yet",
  RoundFailed: "Open vSwitch refused a change; Sluice tries it again",
  Disconnected: "OVSDB or the bridge does not answer",
} as const;
export type Reason = keyof typeof REASONS;

/**
 * What a user can do about a condition that names no cure of its own: another program wrote its message, or the cure is
 * not on this node.
 */
const GENERAL_CURES: Readonly<Partial<Record<Reason, string>>> = {
  Invalid: "correct the object: sluice validate names each fault",
  PluginFailed: "mend the plugin's file, and send SIGHUP to the agent",
  ResolverFailed: "correct the Pod's annotations, or the plugin's file that the message names",
  Pending: "nothing, if it is meant; otherwise change startTime",
  Expired: "delete the object, or change endTime or activeDeadlineSeconds",
  Superseded:
    "nothing, if it is meant; otherwise give the two different priorities or Pods, or both a chainOrder",
  PortFailed: "see why in the log of ovs-vswitchd; Sluice tries again",
  FlowsLeftOut: "correct what the message names",
  SourceIncomplete: 'give the source what it needs; run "sluice doctor" for more',
  RoundFailed: "see why in the log of ovs-vswitchd; Sluice tries again",
  Disconnected: 'start Open vSwitch, or name its sockets; run "sluice doctor" for more',
};

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

/** Makes a condition. Text of others in it, such as names and annotations, is made harmless, and a long text is cut. */
export function condition(reason: Reason, message: string, cure?: string): Condition {
  const shown = (text: string) => harmless(text, LIMITS.conditionText);
  return { reason, message: shown(message), ...(cure !== undefined && { cure: shown(cure) }) };
}
export function warning(reason: Reason, message: string, cure?: string): Condition {
  return { ...condition(reason, message, cure), warning: true };
}

/** Whether the condition is what the object asks for: nobody has to do anything about it. */
export const isPlanned = ({ reason }: { readonly reason: string }) =>
  reason === "Pending" || reason === "Expired";

/** The same condition, as a warning. */
export function asWarning({ reason, message, cure }: Condition): Condition {
  return warning(reason, message, cure);
}

/** Message and cure as one text. */
export function sentence({ message, cure }: Pick<Condition, "message" | "cure">): string {
  return cure === undefined ? message : `${message}: ${cure}`;
}

/** What a user can do about the condition: its own cure, or that of its reason. */
export function cureOf({ reason, cure }: Pick<Condition, "reason" | "cure">): string | undefined {
  return cure ?? GENERAL_CURES[reason];
}

/** Whether two conditions have the same reason and text, or both are absent. */
export function isSame(one: Condition | undefined, other: Condition | undefined): boolean {
  if (!one || !other) return one === other;
  return one.reason === other.reason && sentence(one) === sentence(other);
}
