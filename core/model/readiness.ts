/** Whether a TrafficControl may be realized on this bridge, can be now, and is. Pure questions about the model. @module */
import type { Condition } from "../contracts/condition.ts";
import type { Control } from "../objects/types.ts";
import type { Pending } from "./pending.ts";
import type { WantedPorts } from "./ports/wanted.ts";
import type { PortConflicts } from "./refusals/conflicts.ts";
import type { RedirectRefusals } from "./refusals/redirects.ts";
import { unsupported } from "./refusals/unsupported.ts";
import type { UsedPipeline } from "./flows/used_pipeline.ts";

export interface ReadinessInputs {
  readonly pipeline: UsedPipeline;
  readonly conflicts: PortConflicts;
  readonly redirects: RedirectRefusals;
  readonly wanted: WantedPorts;
  readonly pending: Pending;
}

export class Readiness {
  readonly #inputs: ReadinessInputs;

  constructor(inputs: ReadinessInputs) {
    this.#inputs = inputs;
  }

  /** Why nothing at all is done for the TrafficControl, if so. */
  refusal(control: Control): Condition | undefined {
    const { conflicts, redirects, pipeline } = this.#inputs;
    return conflicts.refusal(control.name) ?? redirects.of(control) ??
      unsupported(control.treatment, pipeline);
  }

  /** It is not refused, and all its ports can be sent into. */
  isReady(control: Control): boolean {
    const { wanted } = this.#inputs;
    return !this.refusal(control) && control.ports.every(({ spec }) => wanted.isReady(spec.name));
  }

  /** All that it asks for is in the switch. Where it selects no Pod, it asks for nothing. */
  isRealized(control: Control): boolean {
    const { wanted, pending } = this.#inputs;
    return !pending.has(control.name) && !this.refusal(control) &&
      control.ports.every(({ spec: { name } }) => wanted.isReady(name) || !wanted.isWanted(name));
  }
}
