/**
 * TrafficControls of which the switch refuses a flow, e.g. as a table is full. They keep their ports, but no flow is
 * written for them until they are tried again.
 * @module
 */
import { type Condition, condition } from "../../contracts/condition.ts";
import { type Flow, formatFlow, type OpenFlowError } from "../../openflow/mod.ts";

/** The error of a table that has as many flows as its row in OVSDB allows: OpenFlow 1.5.1 section 7.5.4.6. */
const TABLE_FULL = "OFPFMFC_TABLE_FULL";

/** Begins the errors about meters. */
const METER_ERRORS = "OFPMMFC_";
const NO_METER =
  "take rateLimit out of the TrafficControl, or use a datapath with meters: Linux 4.18 and newer, or netdev";

/** By name of the TrafficControl. */
export type RefusedFlows = Map<string, Condition>;

/** An answer of the switch. */
type SwitchError = Pick<OpenFlowError, "errorName">;

export function isTableFull({ errorName }: SwitchError): boolean {
  return errorName === TABLE_FULL;
}

export function refusedFlow(error: SwitchError, flow: Flow): Condition {
  const message = `The switch answers ${error.errorName} to a flow (${formatFlow(flow)})`;
  if (error.errorName.startsWith(METER_ERRORS)) return condition("FlowsRefused", message, NO_METER);
  return isTableFull(error)
    ? condition("FlowsRefused", message, `raise the flow_limit of the bridge's table ${flow.table}`)
    : condition("FlowsRefused", message);
}
