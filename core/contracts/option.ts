/** The contract of an option: a field of `spec` that changes how the action of a TrafficControl works. @module */
import type { Static, TSchema } from "typebox";
import type { Scope } from "./action.ts";
import type { Problem } from "./target.ts";

/** What a value of an option does. It is data, which the core and the pipeline read. */
export interface Effect {
  /** 0 to 1000; 500 if absent. Of several redirects of one Pod, the one with the lowest priority is in effect. */
  readonly priority?: number;
  /** The core adds this to the scope of each copy of the TrafficControl. */
  readonly copy?: Scope;
  /** The core adds this to the scope of each hop of the TrafficControl. */
  readonly hop?: Scope;
  /**
   * While a TrafficControl with hops has none of its pairs, as their devices are gone, the packets of its Pods are dropped.
   * Otherwise they pass without the hops.
   */
  readonly failsClosed?: true;
  /** What is done to packets is counted for each Pod, too. */
  readonly countsByPod?: true;
  /** Milliseconds since 1970 began: before this time the TrafficControl does nothing. */
  readonly from?: number;
  /** Milliseconds since 1970 began: from this time on the TrafficControl does nothing. */
  readonly until?: number;
  /** Milliseconds after `from`, or else after the object's creation, from which on the TrafficControl does nothing. */
  readonly lasts?: number;
}

/**
 * A rule that the API server checks. `rule` is a CEL expression about the option's value, `self`; `message` is the rule
 * in words.
 */
export interface OptionRule {
  readonly rule: string;
  readonly message: string;
}

/** What is wrong with an option of a TrafficControl that redirects. */
export interface HopProblem extends Problem {
  /** Present if it is a warning, for which the object is not refused: what to do about it, in the imperative. */
  readonly cure?: string;
}

/** An option: the default export of `plugins/options/<name>.ts`, and what the plugin file of an option defines. */
export interface Option<Schema extends TSchema = TSchema> {
  /**
   * The field of `spec`, in camelCase, e.g. `priority`. Users may also write the option as an annotation, whose key is
   * `sluice.dev/` and the field in kebab-case.
   */
  readonly field: string;
  /** One sentence for the CRD and the reference. */
  readonly docs: string;
  /** A TypeBox schema. From it follow the TypeScript type, the validation, the part of the CRD, and the reference. */
  readonly schema: Schema;
  /** A valid value, for the reference and the conformance suite. */
  readonly example: Static<Schema>;
  /**
   * The actions that the option is for. `copies`: those that require `targetPort` and forbid `returnPort`. `hops`: those
   * that require `returnPort`. `ports`: both of these. If it is absent, the option is for every action.
   */
  readonly goesWith?: "copies" | "hops" | "ports";
  /** Checks what the schema cannot express. Pure. It is called only with values that the schema accepts. */
  check?(value: Static<Schema>): readonly Problem[];
  /** The rules of `check`, for the API server. */
  readonly rules?: readonly OptionRule[];
  /**
   * Checks what only matters to actions that require a `returnPort`. Pure. It is called for such an action alone, with
   * values that `check` accepts. A message completes a sentence that begins with the name of the field.
   */
  checkForHops?(value: Static<Schema>): readonly HopProblem[];
  /** The rules of `checkForHops`, for the API server. In these, `self` is `spec`, which has the option's field. */
  readonly rulesForHops?: readonly OptionRule[];
  /** Says what a value does. Pure. It is called only with values that `check` accepts. */
  effect(value: Static<Schema>): Effect;
}

/**
 * Returns the option as it is. It gives `example` and the methods the type of `schema`.
 *
 * @example An option that adds a text to the scope of each copy.
 * ```ts
 * import assert from "node:assert/strict";
 * import Type from "typebox";
 *
 * const option = defineOption({
 *   field: "caseNumber",
 *   docs: "Names the case that the copies are for.",
 *   schema: Type.String({ pattern: "^[0-9]{1,8}$" }),
 *   example: "4711",
 *   goesWith: "copies",
 *   effect: (caseNumber) => ({ copy: { caseNumber } }),
 * });
 * assert.deepEqual(option.effect(option.example), { copy: { caseNumber: "4711" } });
 * ```
 */
export function defineOption<const Schema extends TSchema>(option: Option<Schema>): Option {
  return option;
}
