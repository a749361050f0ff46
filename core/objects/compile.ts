/** A TrafficControl as the datapath sees it: which ports it needs, what it does with packets. @module */
import type { PacketDirection, PortRef } from "../contracts/mod.ts";
import type { Control, PortClaim, TrafficControl } from "./types.ts";
import type { Registries } from "../contracts/registry.ts";

const DIRECTIONS = {
  Ingress: ["ingress"],
  Egress: ["egress"],
  Both: ["egress", "ingress"],
} as const satisfies Record<TrafficControl["direction"], readonly PacketDirection[]>;

/** An object without `creationTimestamp` (from files) counts as the oldest; ties go by name. */
export function ageOf({ name, creationTimestamp }: TrafficControl): string {
  const created = creationTimestamp ? new Date(creationTimestamp).toISOString() : "";
  return `${created} ${name}`;
}

/** @param control One that `parseObject` accepted. */
export function compileControl(control: TrafficControl, registries: Registries): Control {
  const claim = (given: TrafficControl["targetPort"]): PortClaim | undefined => {
    if (!given) return undefined;
    const target = registries.targets.get(given.kind)!;
    const { lifetime, overhead } = target;
    const spec = target.port(given.spec);
    return { kind: given.kind, lifetime, ...(overhead !== undefined && { overhead }), spec };
  };
  const target = claim(control.targetPort);
  const returned = claim(control.returnPort);
  // The schema of each action says which of the two are there: `parseObject` has checked it.
  const given = {
    target: target?.spec.name as PortRef,
    returnPort: returned?.spec.name as PortRef,
  };
  return {
    name: control.name,
    object: control,
    age: ageOf(control),
    directions: DIRECTIONS[control.direction],
    ports: [target, returned].filter((port) => port !== undefined),
    treatment: registries.actions.get(control.action)!.treat(given as never),
  };
}
