/** The Kubernetes objects that Sluice reads, typed: what the rest of the code sees of them. @module */
import type { Condition } from "../contracts/condition.ts";
import type { PacketDirection, PortSpec, Target, TargetKind, Treatment } from "../contracts/mod.ts";

/** apimachinery's LabelSelector. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
    readonly values?: readonly string[];
  }[];
}

/** One key of the `targetPort` or `returnPort` union, with its value. */
export interface TargetSpec {
  readonly kind: TargetKind;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A TrafficControl of `crd.antrea.io/v1alpha2` that says what to do. */
export interface TrafficControl {
  readonly name: string;
  /** RFC 3339; absent in files. */
  readonly creationTimestamp?: string;
  readonly generation?: number;
  readonly appliedTo: {
    readonly podSelector?: LabelSelector;
    readonly namespaceSelector?: LabelSelector;
  };
  readonly direction: "Ingress" | "Egress" | "Both";
  readonly action: string;
  readonly targetPort?: TargetSpec;
  readonly returnPort?: TargetSpec;
  /** Values by option, from fields or annotations; absent where there are none. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** What is used of a Pod. */
export interface PodObject {
  readonly namespace: string;
  readonly name: string;
  /** `<namespace>/<name>` in files that give none. */
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Absent in files, where it means this node. */
  readonly nodeName?: string;
  readonly hostNetwork: boolean;
  readonly phase?: string;
  /** `status.podIPs`. */
  readonly ips: readonly string[];
}

/** What is used of a Namespace. */
export interface NamespaceObject {
  readonly name: string;
  /** With `kubernetes.io/metadata.name`, always. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A port that a TrafficControl asks for. */
export interface PortClaim {
  readonly kind: TargetKind;
  readonly lifetime: Target["lifetime"];
  readonly overhead?: number;
  readonly spec: PortSpec;
}

export interface Control {
  readonly name: string;
  /** As the user wrote it. */
  readonly object: TrafficControl;
  /** Sorts by age: the oldest `creationTimestamp` first, then by name. The same on every node. */
  readonly age: string;
  /** Who wins among redirects of one Pod: the lowest. */
  readonly priority: number;
  /** Sorts by priority, then by age. The same on every node. */
  readonly rank: string;
  readonly directions: readonly PacketDirection[];
  readonly ports: readonly PortClaim[];
  /** Its ports are names of OVS ports. */
  readonly treatment: Treatment;
  /** Warnings about the object itself. */
  readonly conditions: readonly Condition[];
}

export type PodKey = string;

export function podKey(pod: { readonly namespace: string; readonly name: string }): PodKey {
  return `${pod.namespace}/${pod.name}`;
}
