/**
 * Whether a TrafficControl is refused, ready to be realized, or realized on this bridge. Pure questions about the
 * model.
 * @module
 */
import type { Condition } from "../contracts/condition.ts";
import type { Treatment } from "../contracts/mod.ts";
import type { Control } from "../objects/types.ts";
import type { Pending } from "./pending.ts";
import type { WantedPorts } from "./ports/wanted.ts";
import type { Admission } from "./refusals/admission.ts";
import type { RedirectRefusals } from "./refusals/redirects.ts";
import type { RefusedFlows } from "./refusals/refused_flows.ts";
import { unsupported } from "./refusals/unsupported.ts";
import { alternativesOf, type Chosen } from "./choices/choices.ts";
import type { UsedPipeline } from "./flows/used_pipeline.ts";

export interface ReadinessInputs {
  readonly pipeline: UsedPipeline;
  readonly admission: Admission;
  readonly redirects: RedirectRefusals;
  readonly wanted: WantedPorts;
  readonly pending: Pending;
  readonly refusedFlows: RefusedFlows;
}

/**
 * Whether packets have a port to go to: of several sensors one is enough. Other ports of the TrafficControl must all be
 * ready.
 */
function hasPorts(
  { treatment: { copies = [], hops = [] }, ports }: Control,
  isReady: (name: string) => boolean,
): boolean {
  const hasOne = (chosen: Chosen) => alternativesOf(chosen).some((names) => names.every(isReady));
  const chosen: readonly Chosen[] = [...copies, ...hops];
  const named = new Set(chosen.flatMap(alternativesOf).flat());
  return chosen.every(hasOne) &&
    ports.every(({ spec: { name } }) => named.has(name) || isReady(name));
}

/** What is done instead of a redirect that fails closed. */
const DROP: Treatment = { drop: true };

/** Packets that its redirect leaves alone pass also while it is blocked. */
function blocked(control: Control): Control {
  const scope = control.treatment.hops?.[0]?.scope;
  return { ...control, treatment: DROP, isBlocked: true, ...(scope && { blockedScope: scope }) };
}

export class Readiness {
  readonly #inputs: ReadinessInputs;

  constructor(inputs: ReadinessInputs) {
    this.#inputs = inputs;
  }

  /** Why Sluice does nothing for the TrafficControl; nothing if it is not refused. */
  refusal(control: Control): Condition | undefined {
    const { admission, redirects, pipeline } = this.#inputs;
    return admission.refusal(control.name) ??
      redirects.refusal(control) ??
      unsupported(control.treatment, pipeline) ??
      (control.failsClosed ? unsupported(DROP, pipeline) : undefined);
  }

  /** Whether the TrafficControl is not refused, and flows may send packets into all its ports. */
  isReady(control: Control): boolean {
    return this.#mayAct(control) && this.#hasPorts(control);
  }

  /** Whether the packets of its Pods are dropped, as no pair is there that they could pass. */
  isBlocked(control: Control): boolean {
    return control.failsClosed === true && this.#mayAct(control) && !this.#hasPorts(control);
  }

  /** The TrafficControl as it acts now; nothing if it does nothing, or is gone. */
  acting(control: Control | undefined): Control | undefined {
    if (!control || this.isReady(control)) return control;
    return this.isBlocked(control) ? blocked(control) : undefined;
  }

  #mayAct(control: Control): boolean {
    return !this.refusal(control) && !this.#inputs.refusedFlows.has(control.name);
  }

  #hasPorts(control: Control): boolean {
    return hasPorts(control, (name) => this.#inputs.wanted.isReady(name));
  }

  /** Whether all that the TrafficControl asks for is in the switch. If it selects no Pod here, it asks for nothing. */
  isRealized(control: Control): boolean {
    const { wanted, pending } = this.#inputs;
    return !pending.has(control.name) && this.#mayAct(control) &&
      control.ports.every(({ spec: { name } }) => wanted.isReady(name) || !wanted.isWanted(name));
  }
}
