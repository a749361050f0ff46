/** What a metric is called, and what it means. @module */

/** The label of what belongs to a bridge, if the agent works on several. */
export const OF_BRIDGE = "bridge";

export interface MetricDefinition {
  readonly name: string;
  readonly type: "gauge" | "counter" | "histogram";
  readonly help: string;
  /** The metric's label, with all its values: every series is there from the start, as 0, or from that of its sensor. */
  readonly label?: { readonly name: string; readonly values: readonly string[] };
  /** The metric is of the node, so that it has no label `bridge` if the agent works on several. */
  readonly isOfNode?: true;
  /** The metric has a series for each probed sensor, or several by `label`. */
  readonly isOfSensor?: true;
  /** The metric has a series for each target and return port. */
  readonly isOfPort?: true;
  /** The metric has series for each TrafficControl for which something is counted. */
  readonly isOfControl?: true;
  /** The metric has series for each Pod for which something is counted, for each TrafficControl. */
  readonly isOfPod?: true;
}
