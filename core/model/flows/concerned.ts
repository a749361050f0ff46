/** Which parts of the flows concern a TrafficControl. Pure. @module */
import type { Control, PodKey } from "../../objects/types.ts";
import type { Datapath } from "./datapath.ts";
import { BRIDGE_PART } from "./part_rows.ts";
import { FLOOD_PART } from "./flood_receivers.ts";
import { filterOf, filterPart } from "./legs.ts";
import { TURN_PART } from "./flow_set.ts";
import { choicePartsOf, treatmentPart } from "./parts_in_use.ts";

/** Whether the second word of the part's key is a TrafficControl. */
const isOfControl = (part: string) => part.startsWith("counter ") || part.startsWith("leg ");

/** The keys of the parts of the filters of its rules. */
function filterParts({ treatment: { copies = [], hops = [] }, directions }: Control): Set<string> {
  const filters = directions.flatMap((direction) =>
    [...copies, ...hops].map((part) => filterOf(part, direction))
  );
  return new Set(filters.filter((filter) => filter !== undefined).map(filterPart));
}

/** @param pods The Pods that the TrafficControl selects. @returns Whether a part, by its key, has flows for it. */
export function concerns(
  datapath: Datapath,
  control: Control,
  pods: Iterable<PodKey>,
): (part: string) => boolean {
  const { name, directions, ports } = control;
  const filters = filterParts(control);
  const treated = [...pods].flatMap((pod) => datapath.portsOf(pod));
  const treatments = new Set(treated.flatMap((port) =>
    directions.flatMap((direction) => {
      const combined = port[direction];
      return combined ? [treatmentPart(direction, combined), ...choicePartsOf(combined)] : [];
    })
  ));
  const names = new Set<string>([...pods, ...ports.map(({ spec }) => spec.name)]);
  return (part) =>
    part === BRIDGE_PART || part === TURN_PART || treatments.has(part) ||
    filters.has(part) ||
    (isOfControl(part) && part.split(" ")[1] === name) ||
    (part === FLOOD_PART && directions.includes("ingress")) ||
    part.split(" ").slice(1).some((name) => names.has(name));
}
