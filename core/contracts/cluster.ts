/** What all agents of a cluster have reported, as the objects of a source have it. @module */

/** A condition of a TrafficControl on one node. */
export interface NodeCondition {
  readonly reason: string;
  /** The state, as a sentence without a full stop. */
  readonly message: string;
  /** What the user can do about it. */
  readonly cure?: string;
}

/** What one node reports on one TrafficControl. */
export interface NodeFinding {
  readonly name: string;
  /** Generation of the TrafficControl that the report is about. */
  readonly generation?: number;
  readonly realized: boolean;
  /** The reason of the first condition that prevents it from being realized. */
  readonly reason?: string;
  /** Whether it selects a Pod on the node. */
  readonly selects: boolean;
  readonly conditions: readonly NodeCondition[];
}

/** The last report of one node. */
export interface ReportingNode {
  readonly name: string;
  readonly bridge?: string;
  /** Version of Sluice. */
  readonly version?: string;
  readonly findings: readonly NodeFinding[];
  /** Number of TrafficControls that the report leaves out, as there are too many. */
  readonly leftOut: number;
}

/** A TrafficControl, with the sentence that its own status says. */
export interface ClusterControl {
  readonly name: string;
  readonly generation?: number;
  /** Its condition `Realized`; absent before it has one. */
  readonly verdict?: {
    readonly isRealized: boolean;
    readonly reason: string;
    readonly message: string;
  };
}

export interface ClusterFacts {
  /** URL of the API server. */
  readonly server: string;
  readonly controls: readonly ClusterControl[];
  readonly nodes: readonly ReportingNode[];
  /** Names of all nodes of the cluster; absent if the user may not list them. */
  readonly allNodes?: readonly string[];
}

/** How the user reaches a cluster. */
export interface ClusterOptions {
  /** Path of a kubeconfig file. */
  readonly kubeconfig?: string | undefined;
  /** Name of its context; if absent, the current one. */
  readonly context?: string | undefined;
}

/** Reads what a cluster says, as often as it is asked. Disposing of it closes its connections. */
export interface ClusterReader extends Disposable {
  /** @throws {SluiceError} If the user may not read the objects, or the server does not answer. */
  read(signal: AbortSignal): Promise<ClusterFacts>;
}
