/** The contract of an action: what is done to a Pod's packets. @module */
import type { TargetKind } from "./target.ts";

declare const portRef: unique symbol;
/** A port that the core realizes. Actions pass it on; they cannot make one. */
export type PortRef = string & { readonly [portRef]: true };

/**
 * Which packets, and what of them; all packets, whole, where it is absent or empty. JSON values, each under the name
 * of the field of `spec` that it comes from.
 */
export type Scope = Readonly<Record<string, unknown>>;

/** A copy of each packet goes to one of these ports; the packet itself goes on. */
export interface Copy<Port = PortRef> {
  readonly to: readonly Port[];
  readonly scope?: Scope;
}

/** Each packet goes through one of these pairs: to the target; what comes from the return port goes on. */
export interface Hop<Port = PortRef> {
  readonly pairs: readonly { readonly target: Port; readonly return: Port }[];
  readonly scope?: Scope;
}

/**
 * What is done to packets of a Pod port in one direction. The core joins the treatments of all TrafficControls that
 * select the Pod: all copies are made; of the TrafficControls with hops the one with the lowest priority has the packets,
 * and of those with the same priority the oldest; and what one of them drops goes through no hop.
 */
export interface Treatment {
  readonly copies?: readonly Copy[];
  /** Passed one after the other. */
  readonly hops?: readonly Hop[];
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
  /**
   * Target kinds that can be neither `targetPort` nor `returnPort`. One-way targets need not be named: no action that
   * requires a `returnPort` gets them.
   */
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
 *   treat: ({ target }) => ({ copies: [{ to: [target] }], drop: true }),
 * });
 * assert.equal(action.returnPort, "forbidden");
 * ```
 */
export function defineAction<const T extends Need, const R extends Need>(
  action: Action<T, R>,
): Action {
  return action;
}
