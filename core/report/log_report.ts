/** Writes one line to the log for each TrafficControl whose state has changed. @module */
import type { Log } from "../base/log.ts";
import { isPlanned, sentence } from "../contracts/condition.ts";
import type { Model } from "../model/model.ts";
import { controlConditions } from "./control_conditions.ts";

export class LogReport {
  readonly #model: Model;
  readonly #log: Log;
  /** The text that was logged last, by name of a TrafficControl or of a part of the flows that is left out. */
  #said = new Map<string, string>();
  /** Names of TrafficControls of which nothing could be said the last time. */
  #unsaid = new Set<string>();

  constructor(model: Model, log: Log) {
    this.#model = model;
    this.#log = log;
  }

  /**
   * Logs parts of the flows that are left out, and the state of TrafficControls, where they differ from what was logged
   * before.
   *
   * @param names Of the TrafficControls whose state may have changed. A name without a TrafficControl was removed.
   */
  report(names: Iterable<string>): void {
    for (const [part, { message }] of this.#model.datapath.broken) {
      if (this.#said.get(part) !== message) {
        this.#log.error("Flows left out", { part, error: message });
      }
      this.#said.set(part, message);
    }
    const due = new Set([...this.#unsaid, ...names]);
    this.#unsaid.clear();
    for (const name of due) this.#reportOne(name);
  }

  #reportOne(name: string): void {
    const control = this.#model.controls.get(name);
    if (!control) {
      if (this.#said.delete(name)) this.#log.info("TrafficControl removed", { name });
      return;
    }
    const pods = this.#model.selection.podsOf(name).size;
    const [problem] = controlConditions(this.#model, control).filter(({ warning }) => !warning);
    if (!problem && !this.#model.readiness.isRealized(control)) {
      this.#unsaid.add(name); // it has changed after its ports were judged: the next round knows more
      return;
    }
    const text = problem ? sentence(problem) : `${pods}`;
    if (this.#said.get(name) === text) return;
    this.#said.set(name, text);
    if (problem) {
      const { reason } = problem;
      const level = isPlanned(problem) ? "info" : "warning";
      this.#log[level]("TrafficControl not realized", { name, pods, reason, message: text });
    } else if (pods === 0) this.#log.info("TrafficControl selects no Pods here", { name });
    else this.#log.info("TrafficControl realized", { name, pods });
  }
}
