/** What a run expects: the objects, Pods and devices that its operations have left. Pure. @module */

export type Direction = "Ingress" | "Egress" | "Both";
type Spec = Readonly<Record<string, unknown>>;

/** A TrafficControl as an operation writes it. */
export interface ControlObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly creationTimestamp?: string };
  readonly spec: {
    readonly appliedTo: Readonly<Record<string, Selector>>;
    readonly direction: Direction;
    readonly action: "Mirror" | "Redirect";
    readonly targetPort: Readonly<Record<string, Spec>>;
    readonly returnPort?: Readonly<Record<string, Spec>>;
  };
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** Columns of a row of a port: ovs-vswitchd.conf.db(5). Without any, the port is a trunk of all VLANs. */
export interface PortVLAN {
  readonly mode?: "trunk" | "native-tagged" | "native-untagged";
  readonly tag?: number;
  readonly trunks?: readonly number[];
}

/** A Pod of the run. Its number gives its name, MAC and addresses. */
export interface ExpectedPod {
  /** The port's OpenFlow number; nothing while the Pod has no port. */
  ofport?: number;
  /** The labels of its object; nothing while there is no object. */
  labels?: Readonly<Record<string, string>>;
  /** What its port has for VLANs. */
  vlan?: PortVLAN;
}

/** Names of Pods and of their ports. */
export const PODS = ["p1", "p2", "p3", "p4"] as const;
/** Internal ports of the owner that TrafficControls may name. */
export const LENT = ["own0", "own1", "own2"] as const;
/** The first OpenFlow number that a Pod's port asks for. It is far above those that Open vSwitch gives by itself. */
const FIRST_OFPORT = 2000;

/** The state that the agent must arrive at, whatever happened on the way. */
export class Expected {
  /** The last valid version of each TrafficControl, by name. */
  readonly controls = new Map<string, ControlObject>();
  /** Names of files that hold no valid object now. The last valid version counts, if there was one. */
  readonly broken = new Set<string>();
  readonly pods = new Map<string, ExpectedPod>(PODS.map((name) => [name, {}]));
  /** The labels of the Namespace `default`. */
  namespace: Readonly<Record<string, string>> = {};
  /** Devices for sensors that exist. */
  readonly devices = new Set<string>();
  /** Pairs of Pods, `from>to`, whose packets the owner drops. */
  readonly blocked = new Set<string>();
  /** The owner's other ports, with their OpenFlow numbers. */
  readonly foreign = new Map<string, number>();
  /** The owner's ports that TrafficControls may name, as far as they exist; `marked` as its own, they cannot be used. */
  readonly lent = new Map<string, { ofport: number; marked?: boolean }>();
  /** The owner's groups. */
  readonly groups = new Set<number>();
  /** What the plugin file's version puts before the name of a port. */
  prefix = "a";
  /** Whether a second agent runs on the bridge. */
  hasSecond = false;
  /** TrafficControls that were written since the agent was last seen to have settled. */
  readonly fresh = new Set<string>();
  #ofports = FIRST_OFPORT;

  nextOfport(): number {
    return this.#ofports++;
  }

  /** Names that the agent reports: each valid TrafficControl, and each that it has refused by its name. */
  get names(): string[] {
    return [...this.controls.keys()].sort();
  }

  /** Names of the selected Pods that have an object and a port. */
  podsOf({ spec: { appliedTo } }: ControlObject): string[] {
    return [...this.pods].filter(([, { ofport, labels }]) =>
      ofport !== undefined && labels !== undefined && this.#applies(appliedTo, labels)
    ).map(([name]) => name);
  }

  #applies(
    appliedTo: ControlObject["spec"]["appliedTo"],
    labels: Readonly<Record<string, string>>,
  ) {
    const { podSelector, namespaceSelector } = appliedTo;
    if (!podSelector && !namespaceSelector) return false;
    const namespace = { "kubernetes.io/metadata.name": "default", ...this.namespace };
    return (!podSelector || matches(podSelector, labels)) &&
      (!namespaceSelector || matches(namespaceSelector, namespace));
  }
}

function matches(selector: Selector, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator === "Exists") return key in labels;
      if (operator === "DoesNotExist") return !(key in labels);
      const isIn = key in labels && values.includes(labels[key]!);
      return operator === "In" ? isIn : !isIn;
    });
}

/** The port's name in a `targetPort` or `returnPort` with a name; nothing for a tunnel. */
export function namedPort(port: Readonly<Record<string, Spec>> | undefined): string | undefined {
  return port && Object.values(port)[0]!.name as string | undefined;
}
