/** One line in the log for each TrafficControl whose state is another than before. @module */
import type { Log } from "../base/log.ts";
import { sentence } from "../contracts/condition.ts";
import type { Model } from "../model/model.ts";
import { controlConditions } from "./control_conditions.ts";

export class LogReport {
  readonly #model: Model;
  readonly #log: Log;
  /** What was said last, by name. */
  #said = new Map<string, string>();

  constructor(model: Model, log: Log) {
    this.#model = model;
    this.#log = log;
  }

  /** @param names Of TrafficControls about which something may be new. */
  report(names: Iterable<string>): void {
    for (const [part, { message }] of this.#model.datapath.broken) {
      if (this.#said.get(part) !== message) {
        this.#log.error("Flows left out", { part, error: message });
      }
      this.#said.set(part, message);
    }
    for (const name of names) this.#reportOne(name);
  }

  #reportOne(name: string): void {
    const control = this.#model.controls.get(name);
    if (!control) {
      if (this.#said.delete(name)) this.#log.info("TrafficControl removed", { name });
      return;
    }
    const pods = this.#model.selection.podsOf(name).size;
    const [problem] = controlConditions(this.#model, control).filter(({ warning }) => !warning);
    const text = problem ? sentence(problem) : `${pods}`;
    if (this.#said.get(name) === text) return;
    this.#said.set(name, text);
    if (problem) {
      const { reason } = problem;
      this.#log.warning("TrafficControl not realized", { name, pods, reason, message: text });
    } else this.#log.info("TrafficControl realized", { name, pods });
  }
}
