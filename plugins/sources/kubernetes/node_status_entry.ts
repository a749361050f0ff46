/** What one node reports on TrafficControls, as its status object has it. @module */
import { type ControlReport, sentence } from "../../../core/api.ts";

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

export function toEntry({ conditions, generation, ...control }: ControlReport): NodeStatusEntry {
  const problems = conditions.filter(({ warning }) => !warning);
  const byReason = Map.groupBy(conditions, ({ reason }) => reason);
  const toText = (condition: ControlReport["conditions"][number]) => ({
    message: sentence(condition),
    ...(condition.cure !== undefined && { cure: condition.cure }),
  });
  const { name, realized, pods, ports } = control;
  return {
    name,
    ...(generation !== undefined && { observedGeneration: generation }),
    realized,
    ...(problems[0] && { reason: problems[0].reason, ...toText(problems[0]) }),
    ...(byReason.size > 0 && {
      conditions: [...byReason].map(([type, [first]]) => ({ type, ...toText(first!) })),
    }),
    pods,
    ports: [...ports],
  };
}

/** Whether there is nothing more to say than that it is realized: then its name and its generation are enough. */
export function isAsWanted({ realized, pods, conditions = [] }: NodeStatusEntry): boolean {
  return realized && pods > 0 && conditions.length === 0;
}

/** No name of an object has it: RFC 1123. */
const SLASH = "/";

/** A TrafficControl that is as wanted, as `name/generation`. */
export function toShort({ name, observedGeneration }: NodeStatusEntry): string {
  return observedGeneration === undefined ? name : `${name}${SLASH}${observedGeneration}`;
}

/** The entry that stands for this text. */
export function fromShort(text: string): NodeStatusEntry {
  const [name = "", generation] = text.split(SLASH);
  const observedGeneration = Number(generation);
  const isKnown = Number.isSafeInteger(observedGeneration);
  return { name, ...(isKnown && { observedGeneration }), realized: true, pods: 1, ports: [] };
}
