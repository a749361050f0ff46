/** The contract of an option: a field of `spec` that says more of what an action does. @module */
import type { Static, TSchema } from "typebox";
import type { Scope } from "./action.ts";
import type { Problem } from "./target.ts";

/** What a value of an option does; all of it is data. */
export interface Effect {
  /** Who wins among TrafficControls that redirect one Pod: the lowest number from 0 to 1000; 500 when absent. */
  readonly priority?: number;
  /** Goes into the scope of each copy that the TrafficControl makes. */
  readonly copy?: Scope;
  /** Goes into the scope of each hop that the TrafficControl makes. */
  readonly hop?: Scope;
}

/** A rule in CEL about the option's value, which it calls `self`; and what must be the case, in words. */
export interface OptionRule {
  readonly rule: string;
  readonly message: string;
}

/** The default export of `plugins/options/<name>.ts`, and what an option's plugin file makes. */
export interface Option<Schema extends TSchema = TSchema> {
  /** Field of `spec`, in camelCase, e.g. `priority`; `sluice.dev/<field in kebab-case>` as an annotation. */
  readonly field: string;
  /** One sentence for the CRD and the reference. */
  readonly docs: string;
  /** TypeScript type, validation, CRD fragment and reference in one. */
  readonly schema: Schema;
  /** A valid value, for the reference and the conformance suite. */
  readonly example: Static<Schema>;
  /**
   * `copies`: only for actions that require `targetPort` and forbid `returnPort`. `hops`: only for actions that
   * require `returnPort`. For every action when absent.
   */
  readonly goesWith?: "copies" | "hops";
  /** What the schema cannot say; called only with values that the schema accepts. Pure. */
  check?(value: Static<Schema>): readonly Problem[];
  /** What `check` says, for the API server. */
  readonly rules?: readonly OptionRule[];
  /** Pure; called only with values that `check` accepts. */
  effect(value: Static<Schema>): Effect;
}

/**
 * Gives `example` and the methods the type of `schema`; adds nothing else.
 *
 * @example A name that goes into the scope of each copy.
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
