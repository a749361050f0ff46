/** Types of the Kubernetes objects that Sluice reads, reduced to the fields that Sluice uses. @module */
import type { Condition } from "../contracts/condition.ts";
import type {
  PacketDirection,
  PortSpec,
  Scope,
  Target,
  TargetKind,
  Treatment,
} from "../contracts/mod.ts";

/** LabelSelector of Kubernetes' apimachinery. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
    readonly values?: readonly string[];
  }[];
}

/** The value of `targetPort` or `returnPort`, which is an object with one key: the kind of the target. */
export interface TargetSpec {
  readonly kind: TargetKind;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** An entry of `additionalPorts`. */
export interface AdditionalPort {
  readonly name: string;
  readonly targetPort: TargetSpec;
  /** It is there if the action requires it. */
  readonly returnPort?: TargetSpec;
  /** 1 to 16. */
  readonly weight: number;
}

/** A valid TrafficControl of `crd.antrea.io/v1alpha2`. */
export interface TrafficControl {
  readonly name: string;
  /** RFC 3339; usually absent in files. */
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
  /** Whether a field or an annotation gave them; absent if there are none. */
  readonly additionalPorts?: readonly AdditionalPort[];
  /** Values of options by the options' fields, whether a field or an annotation gave them; absent if there are none. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A Pod, reduced to what Sluice uses of it. */
export interface PodObject {
  readonly namespace: string;
  readonly name: string;
  /** `metadata.uid`, or `<namespace>/<name>` if the object has none. */
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339; usually absent in files. */
  readonly creationTimestamp?: string;
  /** Which annotation is not read, as it is too large: the end of a sentence. */
  readonly leftOut?: string;
  /** Its annotations may have been written by somebody whom the operator does not trust with the places of Pods. */
  readonly isTenants?: true;
  /** If it is absent, as usual in files, the Pod is on this node. */
  readonly nodeName?: string;
  readonly hostNetwork: boolean;
  readonly phase?: string;
  /** `status.podIPs`. */
  readonly ips: readonly string[];
}

/** A Namespace, reduced to what Sluice uses of it. */
export interface NamespaceObject {
  readonly name: string;
  /** The label `kubernetes.io/metadata.name` is always among them. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A TrafficControl's claim on a port: the port that its target describes, with the target's properties. */
export interface PortClaim {
  readonly kind: TargetKind;
  readonly lifetime: Target["lifetime"];
  /** Bytes that the port adds to each packet, if the target declares them. */
  readonly overhead?: number;
  readonly spec: PortSpec;
}

/** The OVS ports of an entry of `additionalPorts`, by their names. */
export interface AdditionalPair {
  /** The name of the entry. */
  readonly name: string;
  readonly target: string;
  readonly return?: string;
  readonly weight: number;
}

/** From `from`, up to but without `until`: milliseconds since 1970 began. One that is absent is not limited there. */
export interface Period {
  readonly from?: number;
  readonly until?: number;
}

/** A TrafficControl with what follows from it by the plugins that it names. */
export interface Control {
  readonly name: string;
  /** The TrafficControl itself. */
  readonly object: TrafficControl;
  /** A text that sorts by age: the oldest `creationTimestamp` first, then by name. It is the same on every node. */
  readonly age: string;
  /** 0 to 1000. Of several redirects of one Pod, the one with the lowest priority is in effect. */
  readonly priority: number;
  /** A text that sorts by priority, then by age. It is the same on every node. */
  readonly rank: string;
  readonly directions: readonly PacketDirection[];
  /** Each port once: those of `targetPort` and `returnPort`, then those of `additionalPorts`. */
  readonly ports: readonly PortClaim[];
  /** In the order of the object; absent if there are none. */
  readonly additional?: readonly AdditionalPair[];
  /** What it does with packets. Ports in it are names of OVS ports. */
  readonly treatment: Treatment;
  /** What it does with the packets that Pods receive, if that is something else: it has other ports. */
  readonly ingressTreatment?: Treatment;
  /** While none of its pairs is there, the packets of its Pods are dropped. */
  readonly failsClosed?: true;
  /** What it does is counted for each Pod, too. */
  readonly countsByPod?: true;
  /** None of its pairs is there, and it fails closed: its treatment is the drop that stands for its redirect. */
  readonly isBlocked?: true;
  /** The scope of the redirect for which that drop stands; absent if it has none. */
  readonly blockedScope?: Scope;
  /** When it is in effect; always, if absent. */
  readonly period?: Period;
  /** Warnings about the object itself. */
  readonly conditions: readonly Condition[];
}

/** `<namespace>/<name>`. */
export type PodKey = string;

export function podKey(pod: { readonly namespace: string; readonly name: string }): PodKey {
  return `${pod.namespace}/${pod.name}`;
}
