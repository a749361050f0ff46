/** The contract of an action: what is done to a Pod's packets. @module */
import type { TargetKind } from "./target.ts";

declare const portRef: unique symbol;
/** A port that the core makes for a target. Actions get such ports and pass them on. They cannot make one. */
export type PortRef = string & { readonly [portRef]: true };

/**
 * Limits a copy or a hop to some packets, or to a part of each packet. If it is absent or empty, all packets are meant,
 * each as a whole. Its values are values of JSON. The key of each is the field of `spec` that it comes from.
 */
export type Scope = Readonly<Record<string, unknown>>;

/** A copy of each packet is sent to one of these ports. The packet itself goes on its way. */
export interface Copy<Port = PortRef> {
  readonly to: readonly Port[];
  readonly scope?: Scope;
}

/**
 * Each packet goes through one of these pairs: it is sent to the target. What comes in from the return port goes on.
 */
export interface Hop<Port = PortRef> {
  readonly pairs: readonly { readonly target: Port; readonly return: Port }[];
  readonly scope?: Scope;
}

/**
 * What is done to the packets of a Pod in one direction. The core combines the treatments of all TrafficControls that
 * select the Pod. All copies are made. Of several TrafficControls with hops, the hops of the one with the lowest priority
 * are in effect; if priorities are equal, those of the oldest. If these have `chainOrder` in their scopes, those of all
 * others that have it are in effect, too. If one of them drops the packets, no hop is in effect.
 */
export interface Treatment {
  readonly copies?: readonly Copy[];
  /** Packets go through them one after the other. */
  readonly hops?: readonly Hop[];
  /** The packets go nowhere; copies of them are made all the same. */
  readonly drop?: true;
}

/** Whether an action must, or must not, be given a port. */
export type Need = "required" | "forbidden";
type Given<N extends Need> = N extends "required" ? PortRef : undefined;

/** An action: the default export of `plugins/actions/<name>.ts`, and what the plugin file of an action defines. */
export interface Action<T extends Need = Need, R extends Need = Need> {
  /** Value of `spec.action`, in PascalCase, e.g. `Mirror`. */
  readonly name: string;
  /** One sentence for the reference. */
  readonly docs: string;
  /** Whether `spec.targetPort` must be there, or must not be there. */
  readonly targetPort: T;
  /** Whether `spec.returnPort` must be there, or must not be there. */
  readonly returnPort: R;
  /**
   * Kinds of targets that can be neither `targetPort` nor `returnPort`. One-way targets need not be listed: Sluice
   * refuses them for every action that requires a `returnPort`.
   */
  readonly refuses?: readonly TargetKind[];
  /**
   * Says what is done to packets, with the ports that the action requires. Pure. It knows neither Pod nor direction, so
   * that equal treatments are stored once. It is called for each entry of `additionalPorts`, too. It must return as many
   * copies and hops for each: the core joins them, so that packets go to one of the entries.
   */
  treat(ports: { readonly target: Given<T>; readonly returnPort: Given<R> }): Treatment;
}

/**
 * Returns the action as it is. It gives `treat` a type with the ports that the action requires.
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
