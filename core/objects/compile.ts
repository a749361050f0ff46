/** A TrafficControl as the datapath sees it: which ports it needs, what it does with packets. @module */
import type {
  Action,
  PacketDirection,
  PortRef,
  PortSpec,
  Target,
  TargetKind,
  Treatment,
} from "../contracts/mod.ts";
import type { TrafficControl } from "./parse.ts";

/** The plugins in use, by the names that objects give them. */
export interface Registries {
  readonly targets: ReadonlyMap<TargetKind, Target>;
  readonly actions: ReadonlyMap<string, Action>;
}

/** A port that a TrafficControl asks for. */
export interface PortClaim {
  readonly kind: TargetKind;
  readonly lifetime: Target["lifetime"];
  readonly spec: PortSpec;
}

export interface Control {
  readonly name: string;
  /** As the user wrote it. */
  readonly object: TrafficControl;
  /** Sorts by age: the oldest `creationTimestamp` first, then by name. The same on every node. */
  readonly age: string;
  readonly directions: readonly PacketDirection[];
  readonly ports: readonly PortClaim[];
  /** Its ports are names of OVS ports. */
  readonly treatment: Treatment;
}

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
    return { kind: given.kind, lifetime: target.lifetime, spec: target.port(given.spec) };
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
