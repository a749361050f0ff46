/**
 * The legs of treatments: copies with a scope, of which it is decided for each packet whether it gets them; and the
 * filters of their rules.
 * @module
 */
import { hash } from "node:crypto";
import { canonical } from "../../base/canonical.ts";
import type { Copy, Filter, PacketDirection, Rule, Scope } from "../../contracts/mod.ts";
import type { CombinedTreatment } from "../pods/treatments.ts";

/** A leg, by what it is. */
export interface NamedLeg {
  /** Name of the TrafficControl. */
  readonly control: string;
  readonly direction: PacketDirection;
  readonly copy: Copy<string>;
}

const idOf = (text: string) => hash("sha256", text, "buffer").readUInt32BE(0) || 1;

/**
 * The fields of a scope that leave all packets copied whole: one says which of several ports gets a copy, one adds packets
 * that are not IP.
 */
const WITHOUT_LIMIT = ["balanceBy", "nonIP"];

/** Whether a copy is made of some packets only, or of a part of each. */
export const isScoped = ({ scope = {} }: Copy<string>) =>
  Object.keys(scope).some((field) => !WITHOUT_LIMIT.includes(field));

/** The same ports have one text: copies to them are compared with each other. */
export const portsKey = ({ to }: Copy<string>) => JSON.stringify(to);

/** 1 to 2^32 - 1. It follows from the content, so that it is the same after a restart. */
export const legID = ({ control, direction, copy }: NamedLeg) =>
  idOf(`leg ${control} ${direction} ${canonical(copy)}`);

/** 1 to 2^32 - 1. It follows from the TrafficControl's name alone. */
export const controlID = (control: string) => idOf(`control ${control}`);

/** The key of the leg's part: names of TrafficControls have no spaces. */
export const legPart = (leg: NamedLeg) => `leg ${leg.control} ${leg.direction} ${legID(leg)}`;

export const isLegPart = (part: string) => part.startsWith("leg ");

/** The filter of a scope; nothing if it has no rules. */
export function filterOf(
  { scope = {} }: { readonly scope?: Scope | undefined },
  direction: PacketDirection,
): Filter | undefined {
  const rules = scope.rules as readonly Rule[] | undefined;
  return rules && { id: idOf(`filter ${direction} ${canonical(rules)}`), direction, rules };
}

export const filterPart = ({ direction, id }: Filter) => `filter ${direction} ${id}`;

/** What is known of a copy in one direction. */
export interface CopyIDs {
  readonly leg: number;
  readonly filter?: number;
}

const known = {
  egress: new WeakMap<CombinedTreatment, readonly CopyIDs[]>(),
  ingress: new WeakMap<CombinedTreatment, readonly CopyIDs[]>(),
};

/** The ids of the copies of a treatment in one direction, in the order of the copies. */
export function copyIDs(
  combined: CombinedTreatment,
  direction: PacketDirection,
): readonly CopyIDs[] {
  return known[direction].getOrInsertComputed(
    combined,
    ({ copies, askers }) =>
      copies.map((copy, at) => {
        const filter = filterOf(copy, direction);
        const leg = legID({ control: askers.copies[at]!, direction, copy });
        return { leg, ...(filter && { filter: filter.id }) };
      }),
  );
}
