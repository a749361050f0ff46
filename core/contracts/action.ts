/** The contract of an action: what is done to a Pod's packets. @module */
import type { TargetKind } from "./target.ts";

declare const portRef: unique symbol;
/** A port that the core realizes. Actions pass it on; they cannot make one. */
export type PortRef = string & { readonly [portRef]: true };

/**
 * What is done to packets of a Pod port in one direction. The core joins those of all
 * TrafficControls on it: all mirrors; drop before redirect; of redirects the oldest.
 */
export interface Treatment {
  readonly mirrors?: readonly PortRef[];
  readonly redirect?: { readonly target: PortRef; readonly return: PortRef };
  readonly drop?: true;
}

/** Whether an action must, or must not, be given a port. */
export type Need = "required" | "forbidden";
type Given<N extends Need> = N extends "required" ? PortRef : undefined;

/** The default export of `plugins/actions/<name>.ts`, and what an action's plugin file makes. */
export interface Action<T extends Need = Need, R extends Need = Need> {
  /** Value of `spec.action`, in PascalCase, e.g. `Mirror`. */
  readonly name: string;
  /** One sentence for the reference. */
  readonly docs: string;
  /** Whether `spec.targetPort` must, or must not, be there. */
  readonly targetPort: T;
  /** The same for `spec.returnPort`. */
  readonly returnPort: R;
  /** Target kinds that can be neither `targetPort` nor `returnPort`. */
  readonly refuses?: readonly TargetKind[];
  /** Pure. Knows no Pod and no direction: equal treatments are stored once. */
  treat(ports: { readonly target: Given<T>; readonly returnPort: Given<R> }): Treatment;
}

/**
 * Gives `treat` the ports that the action requires; adds nothing else.
 *
 * @example A copy goes out, the original goes nowhere.
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const action = defineAction({
 *   name: "Divert",
 *   docs: "Sends packets to the target alone.",
 *   targetPort: "required",
 *   returnPort: "forbidden",
 *   treat: ({ target }) => ({ mirrors: [target], drop: true }),
 * });
 * assert.equal(action.returnPort, "forbidden");
 * ```
 */
export function defineAction<const T extends Need, const R extends Need>(
  action: Action<T, R>,
): Action {
  return action;
}
