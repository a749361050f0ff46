/** What a whole cluster says of its TrafficControls: `sluice web` shows it, a source reads it. @module */

/** Something that a TrafficControl's status says, or a node. */
export interface ClusterCondition {
  readonly reason: string;
  readonly message: string;
  readonly cure?: string;
  /** It does not keep the TrafficControl from being realized. */
  readonly warning?: true;
}

/** A TrafficControl on one node. */
export interface ControlOnNode {
  readonly node: string;
  readonly realized: boolean;
  readonly conditions: readonly ClusterCondition[];
}

/** A TrafficControl, and what all nodes say of it. */
export interface WatchedControl {
  readonly name: string;
  readonly action: string;
  readonly direction: string;
  /** Kind and address of the target port, e.g. `vxlan 10.0.10.2`; empty if there is none. */
  readonly target: string;
  /** Nodes that have realized it, of those that have a selected Pod: `2/3`; empty before a leader has written it. */
  readonly ready: string;
  readonly realized: boolean;
  readonly desiredNodes: number;
  readonly failedNodes: number;
  /** Of its status. */
  readonly conditions: readonly ClusterCondition[];
  /** Those that have something to say first; of many, the first ones. */
  readonly nodes: readonly ControlOnNode[];
}

/** The report of one node. */
export interface ClusterNode {
  readonly name: string;
  readonly bridge: string;
  /** Version of Sluice. */
  readonly version: string;
  /** Number of TrafficControls that it reports as realized. */
  readonly realized: number;
  /** Number of TrafficControls that it reports as not realized, for a reason. */
  readonly failed: number;
}

export interface ClusterState {
  /** Address of the API server. */
  readonly server: string;
  readonly trafficControls: readonly WatchedControl[];
  readonly nodes: readonly ClusterNode[];
  /** What cannot be read, a line each. */
  readonly issues: readonly string[];
}

export interface ClusterWatchOptions {
  /** Path of the kubeconfig file. */
  readonly kubeconfig?: string;
  /** Name of its context; the current one if absent. */
  readonly context?: string;
}

/** Reads a cluster, with the rights of the one who asks. It writes nothing. */
export interface ClusterWatch {
  /** Watches until the signal aborts. @throws {TerminalError} If there is no way to the cluster. */
  run(signal: AbortSignal): Promise<void>;
  /** The state of this moment. */
  state(): ClusterState;
  /** Waits until the state may have changed, or the signal aborts. Only one part may wait. */
  changed(signal: AbortSignal): Promise<void>;
}
