/** What sessions of `sluice capture` ask for, beside the TrafficControls: they are no objects, and nothing is told of them. @module */
import type { Condition } from "../contracts/condition.ts";
import type { TreatedPods } from "./pods/treated_pods.ts";
import type { Control, PodKey } from "../objects/types.ts";

/** What one session asks for. */
export interface CaptureSession {
  /** As a TrafficControl that only copies. Its name is that of its port: see flows/captures.ts. */
  readonly control: Control;
  readonly selects: (pod: PodKey) => boolean;
}

/** The Pods of the node. */
type Pods = Pick<TreatedPods, "pods" | "touch">;

export class Captured {
  readonly #pods: () => Pods;
  readonly #sessions = new Map<string, CaptureSession>();
  readonly #refused = new Map<string, Condition>();

  constructor(pods: () => Pods) {
    this.#pods = pods;
  }

  get size(): number {
    return this.#sessions.size;
  }

  begin(session: CaptureSession): void {
    const { name } = session.control;
    this.#refused.delete(name);
    this.#sessions.set(name, session);
    this.#touch(session);
  }

  end(name: string): void {
    const session = this.#sessions.get(name);
    if (!session || !this.#sessions.delete(name)) return;
    this.#touch(session);
  }

  /** Ends all sessions: with them, the switch refuses flows. TrafficControls come first. */
  refuse(reason: Condition): void {
    for (const name of [...this.#sessions.keys()]) {
      this.end(name);
      this.#refused.set(name, reason);
    }
  }

  /** Why the session was ended; nothing if it was not. */
  refusal(name: string): Condition | undefined {
    return this.#refused.get(name);
  }

  #touch({ selects }: CaptureSession): void {
    const all = this.#pods();
    for (const pod of all.pods.keys()) if (selects(pod)) all.touch(pod);
  }

  /** Adds the sessions that get the Pod's packets. @param controls Names of the TrafficControls that select the Pod. */
  selecting(pod: PodKey, controls: ReadonlySet<string>): ReadonlySet<string> {
    if (this.#sessions.size === 0) return controls;
    const found = [...this.#sessions.values()].filter(({ selects }) => selects(pod));
    if (found.length === 0) return controls;
    return new Set([...controls, ...found.map(({ control }) => control.name)]);
  }

  control(name: string): Control | undefined {
    return this.#sessions.get(name)?.control;
  }
}
