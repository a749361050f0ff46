/** A small node whose Pods and TrafficControls are explained, for tests. @module */
import type { Control, TrafficControl } from "../../objects/types.ts";
import { NOTHING_COUNTED } from "../../report/counters.ts";
import type { Question } from "../../report/http.ts";
import { SmallNode } from "../../report/testing/small_node.ts";
import { explain } from "../explain.ts";
import type { ControlExplanation, PodExplanation } from "../explanation.ts";
import type { ExplainInputs } from "../inputs.ts";

/** The MAC of Pod `a`. */
export const MAC = "0a:00:00:00:00:0a";
/** Selects Pods with this label `app`. */
export const selecting = (app: string): TrafficControl["appliedTo"] => ({
  podSelector: { matchLabels: { app } },
});

/** The TrafficControl with other fields of its object. */
export function made(control: Control, object: Partial<TrafficControl>): Control {
  return { ...control, object: { ...control.object, ...object } };
}

export class AskedNode extends SmallNode {
  readonly invalid = new Map<string, readonly { reason: "Invalid"; message: string }[]>();

  ask(question: Question, more: Partial<ExplainInputs> = {}) {
    const bridge = {
      bridge: "br0",
      model: this.model,
      blockers: [],
      failure: undefined,
      invalid: this.invalid,
      ...NOTHING_COUNTED,
    };
    return explain(question, {
      node: "node1",
      bridges: [bridge],
      selection: this.model.selection,
      sources: [],
      listing: () => [],
      issues: [],
      ...more,
    });
  }
  podA = () => this.ask({ pod: "default/a" }) as PodExplanation;
  controlNamed = (name: string) => this.ask({ control: name }) as ControlExplanation;
}

/** Pod `a` with `app=web`, and ports of targets. */
export function nodeWith(...ports: string[]): AskedNode {
  const node = new AskedNode();
  node.pod("a", MAC, { app: "web" });
  for (const port of ports) node.port(port);
  return node;
}
