/** The flows that should be, by the part that wants each, and those that are. @module */
import { actionsKey, type Flow, flowKey, flowsEqual } from "../../openflow/mod.ts";

type FlowKey = string;

/** What makes an observed flow table the desired one. */
export interface FlowChange {
  readonly command: "add" | "modify" | "delete";
  readonly flow: Flow;
}

export class FlowSet {
  #parts = new Map<string, ReadonlySet<FlowKey>>();
  /** Equal rows of several parts are one flow; it goes with the last of them. */
  #wanted = new Map<FlowKey, Map<string, Flow>>();
  #observed = new Map<FlowKey, Flow>();
  #touched = new Set<FlowKey>();
  #learnedIsStale = false;

  get size(): number {
    return this.#wanted.size;
  }

  /** All flows that should be. */
  desired(): Flow[] {
    return [...this.#wanted.keys()].map((key) => this.#desired(key)!);
  }

  /** Whether the place of a flow, its table, match and priority, is one of ours. */
  wants(flow: Flow): boolean {
    return this.#wanted.has(flowKey(flow));
  }

  setPart(part: string, flows: readonly Flow[]): void {
    const keyed = new Map(flows.map((flow) => [flowKey(flow), flow]));
    for (const key of this.#parts.get(part) ?? []) if (!keyed.has(key)) this.#release(part, key);
    for (const [key, flow] of keyed) {
      const wanters = this.#wanted.get(key) ?? new Map<string, Flow>();
      this.#wanted.set(key, wanters.set(part, flow));
      this.#touched.add(key);
    }
    if (keyed.size > 0) this.#parts.set(part, new Set(keyed.keys()));
    else this.#parts.delete(part);
  }

  #release(part: string, key: FlowKey): void {
    const wanters = this.#wanted.get(key)!;
    wanters.delete(part);
    if (wanters.size === 0) this.#wanted.delete(key);
    this.#touched.add(key);
  }

  /** Should two parts disagree, the first by name stands: the same after every restart. */
  #desired(key: FlowKey): Flow | undefined {
    const wanters = this.#wanted.get(key);
    if (!wanters) return undefined;
    if (wanters.size === 1) return wanters.values().next().value;
    return wanters.get([...wanters.keys()].sort()[0]!);
  }

  /** What the switch has learned by flows that go now would be misread by those that come. */
  forgetLearned(): void {
    this.#learnedIsStale = true;
  }

  /** Whether all that the switch has learned is to go with the next changes. */
  get learnedIsStale(): boolean {
    return this.#learnedIsStale || this.size === 0;
  }

  /** Takes what the switch has; from here on all that differs is a change. */
  observe(flows: readonly Flow[]): void {
    this.#observed = new Map(flows.map((flow) => [flowKey(flow), flow]));
    this.#touched = new Set([...this.#observed.keys(), ...this.#wanted.keys()]);
  }

  /** What to do, first what adds. Costs what was touched. */
  changes(): FlowChange[] {
    const changes: FlowChange[] = [];
    for (const key of this.#touched) {
      const found = change(this.#desired(key), this.#observed.get(key));
      if (found) changes.push(found);
      else this.#touched.delete(key); // looked at once, not in every round
    }
    const deletes = (c: FlowChange) => c.command === "delete";
    return [...changes.filter((c) => !deletes(c)), ...changes.filter(deletes)];
  }

  /** The switch has made these changes. */
  applied(changes: readonly FlowChange[]): void {
    this.#learnedIsStale = false;
    for (const { command, flow } of changes) {
      const key = flowKey(flow);
      if (command === "delete") this.#observed.delete(key);
      else this.#observed.set(key, flow);
    }
    this.#touched = new Set(
      [...this.#touched].filter((key) => change(this.#desired(key), this.#observed.get(key))),
    );
  }
}

function change(desired: Flow | undefined, observed: Flow | undefined): FlowChange | undefined {
  if (!desired) return observed && { command: "delete", flow: observed };
  if (!observed) return { command: "add", flow: desired };
  if (flowsEqual(desired, observed)) return undefined;
  // A modification keeps the counters, but changes nothing but actions (OpenFlow 1.5.1, 6.4).
  const otherActions =
    actionsKey({ ...observed, actions: desired.actions }) === actionsKey(desired);
  return { command: otherActions ? "modify" : "add", flow: desired };
}
