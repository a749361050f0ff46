/** Why a TrafficControl is not realized on nodes, one entry for the nodes that say the same. Pure. @module */
import { LIMITS } from "../../../core/api.ts";
import type { Finding } from "./cluster_reports.ts";

/** An entry of `status.failures`. */
export interface Failure {
  /** Names of some nodes, and how many others there are. */
  readonly nodes: string;
  readonly reason: string;
  /** Without the cure. */
  readonly message: string;
  readonly cure?: string;
}

/** Some of these nodes by name, as in `node1, node2, node3 and 5 more`. */
export function someNodes(nodes: readonly string[]): string {
  const shown = nodes.toSorted().slice(0, LIMITS.namedNodes);
  const more = nodes.length > shown.length ? ` and ${nodes.length - shown.length} more` : "";
  return shown.join(", ") + more;
}

/** The sentence of a node ends with the cure. */
function withoutCure(message: string, cure: string | undefined): string {
  const end = `: ${cure}`;
  return cure !== undefined && message.endsWith(end) ? message.slice(0, -end.length) : message;
}

/** Those of the most nodes come first. The order of arrival does not matter. */
export function failuresOf(findings: readonly Finding[]): Failure[] {
  const failed = findings.filter(({ realized, reason }) => !realized && reason !== undefined);
  const byText = Map.groupBy(
    failed,
    ({ reason, message, cure }) => JSON.stringify([reason, message, cure]),
  );
  const all = [...byText].map(([text, [first, ...others]]) => {
    const { reason, message = "", cure } = first!;
    const nodes = [first!, ...others].flatMap((each) => [...each.nodes]);
    const failure = {
      nodes: someNodes(nodes),
      reason: reason!,
      message: withoutCure(message, cure),
      ...(cure !== undefined && { cure }),
    };
    return { text, count: nodes.length, failure };
  });
  return all.sort((one, other) => other.count - one.count || (one.text < other.text ? -1 : 1))
    .slice(0, LIMITS.statusFailures).map(({ failure }) => failure);
}
