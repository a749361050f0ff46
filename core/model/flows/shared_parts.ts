/** Parts of flows that treatments share: counters, legs and filters. Each stays as long as a treatment needs it. @module */
import type { Filter, PacketDirection } from "../../contracts/mod.ts";
import type { CombinedTreatment } from "../pods/treatments.ts";
import { counterPart, countersOf, type NamedCounter } from "./counters.ts";
import { filterOf, filterPart, isScoped, legPart, type NamedLeg } from "./legs.ts";

export interface SharedPart {
  readonly counter?: NamedCounter;
  readonly leg?: NamedLeg;
  readonly filter?: Filter;
}

/** The parts that a treatment needs in one direction, by their keys. */
export function sharedParts(
  combined: CombinedTreatment,
  direction: PacketDirection,
): Map<string, SharedPart> {
  const { copies, hops, dropScope, askers } = combined;
  const scoped = [...copies.entries()].filter(([, copy]) => isScoped(copy));
  const legs = scoped.map(([at, copy]) => ({ control: askers.copies[at]!, direction, copy }));
  const filters = [...scoped.map(([, copy]) => copy), ...hops, { scope: dropScope }]
    .map((part) => filterOf(part, direction)).filter((filter) => filter !== undefined);
  return new Map<string, SharedPart>([
    ...countersOf(combined, direction).map((counter) =>
      [counterPart(counter), { counter }] as const
    ),
    ...legs.map((leg) => [legPart(leg), { leg }] as const),
    ...filters.map((filter) => [filterPart(filter), { filter }] as const),
  ]);
}
