/** What one node reports on one TrafficControl, as its status object has it. @module */

interface NodeCondition {
  readonly type: string;
  /** The whole sentence with the cure: agents of earlier versions read it, too. */
  readonly message: string;
  readonly cure?: string;
}

/** One TrafficControl in the status of a node. */
export interface NodeStatusEntry {
  readonly name: string;
  readonly observedGeneration?: number;
  readonly realized: boolean;
  /** The reason of the first condition that prevents it from being realized. */
  readonly reason?: string;
  /** The whole sentence, with the cure. */
  readonly message?: string;
  readonly cure?: string;
  /** All conditions, one for each reason. */
  readonly conditions?: readonly NodeCondition[];
  readonly pods: number;
  readonly ports: readonly string[];
}
