/** What `GET /api/v1/explain` answers. It holds data and sentences, but no layout. @module */
import type { Condition } from "../contracts/condition.ts";
import type { PacketDirection } from "../contracts/mod.ts";
import type { Mismatch } from "../model/pods/mismatches.ts";
import type { PodKey } from "../objects/types.ts";

/** A requirement that is not met, with its sentence. */
export interface Difference extends Mismatch {
  readonly message: string;
}

/** A flow that Sluice wants. */
export interface ExplainedFlow {
  /** As ovs-ofctl prints it. */
  readonly flow: string;
  /** Whether the switch has it, as far as is known. */
  readonly isThere: boolean;
}

/** What happens to the packets of one direction at a port of a Pod. */
export interface ExplainedDirection {
  readonly direction: PacketDirection;
  /** A sentence for each thing that is done; empty if nothing is done. */
  readonly does: readonly string[];
  /** Which of several TrafficControls comes before which other one, and by which rule. */
  readonly decisions: readonly string[];
}

export interface ExplainedPort {
  readonly bridge: string;
  readonly name: string;
  readonly ofport?: number;
  readonly macs: readonly string[];
  readonly ips: readonly string[];
  readonly directions: readonly ExplainedDirection[];
  /** The flows that are there for this port alone. */
  readonly flows: readonly ExplainedFlow[];
  /** Number of flows that do what is done to its packets, and are there for other Pods with the same treatment, too. */
  readonly sharedFlows: number;
}

/**
 * What becomes of a TrafficControl at a Pod. `nothing`: it acts, and finds nothing to do at this Pod's ports. `waits`: the
 * switch does not have all of it yet, or a port of it is not ready.
 */
export type Outcome =
  | "in effect"
  | "superseded"
  | "blocked"
  | "nothing"
  | "waits"
  | "planned"
  | "refused"
  | "no port"
  | "not selected";

/** A TrafficControl, as far as one Pod is concerned. */
export interface ControlOfPod {
  readonly name: string;
  readonly action: string;
  readonly direction: string;
  readonly outcome: Outcome;
  /** What differs, if it does not select the Pod. */
  readonly differs: readonly Difference[];
  /** Conditions that concern this Pod, each with its cure. */
  readonly conditions: readonly Condition[];
}

export interface PodExplanation {
  readonly pod: PodKey;
  readonly node?: string;
  /** As `key=value`, sorted. */
  readonly labels: readonly string[];
  /** Labels of its Namespace. */
  readonly namespaceLabels: readonly string[];
  /** Why Sluice may not write to a bridge, and what is wrong with the Pod. */
  readonly conditions: readonly Condition[];
  readonly ports: readonly ExplainedPort[];
  /** Those that select it in the order in which they count, then the others, the most similar first. */
  readonly trafficControls: readonly ControlOfPod[];
}

/** Another TrafficControl that names a port, too. */
export interface PortUser {
  readonly name: string;
  /** Whether it may have the port: of several that cannot share it, the oldest may. */
  readonly isRefused: boolean;
}

export interface PortOfControl {
  readonly bridge: string;
  readonly name: string;
  readonly role: "target" | "return";
  /** The type of the interface in Open vSwitch; empty for a device. */
  readonly type: string;
  readonly ofport?: number;
  /** Whether flows may send packets into it. */
  readonly isReady: boolean;
  readonly others: readonly PortUser[];
}

export interface SelectedPod {
  readonly pod: PodKey;
  readonly outcome: Outcome;
  /** Names of its ports. */
  readonly ports: readonly string[];
}

export interface OtherPod {
  readonly pod: PodKey;
  readonly differs: readonly Difference[];
}

export interface ControlExplanation {
  readonly control: string;
  readonly node?: string;
  /** Empty if the object is refused and has no last good state. */
  readonly action: string;
  readonly direction: string;
  readonly realized: boolean;
  /** What it requires of labels, in words; empty if it can select no Pod. */
  readonly requires: readonly string[];
  readonly conditions: readonly Condition[];
  readonly ports: readonly PortOfControl[];
  readonly selected: readonly SelectedPod[];
  /** The most similar first. */
  readonly notSelected: readonly OtherPod[];
  /** The flows that are there for it, without those of single Pods, by bridge. */
  readonly flows: readonly (ExplainedFlow & { readonly bridge: string })[];
  /** Number of flows of the Pods that it selects. */
  readonly podFlows: number;
}

/** The agent does not know the object. */
export interface Unknown {
  readonly unknown: "Pod" | "TrafficControl";
  readonly name: string;
  /** The state, as a sentence without a full stop. */
  readonly message: string;
  readonly cure: string;
  /** Names that may be meant. */
  readonly similar: readonly string[];
}

export type Explanation = PodExplanation | ControlExplanation | Unknown;
