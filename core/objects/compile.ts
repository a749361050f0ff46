/** A TrafficControl as the datapath sees it: which ports it needs, what it does with packets. @module */
import type { Condition } from "../contracts/condition.ts";
import {
  DEFAULT_PRIORITY,
  type Effect,
  MOST_PRIORITY,
  type PacketDirection,
  type PortRef,
  type Scope,
  type Treatment,
} from "../contracts/mod.ts";
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

/** @param age As of `ageOf`. */
export function rankOf(priority: number, age: string): string {
  return `${String(priority).padStart(String(MOST_PRIORITY).length, "0")} ${age}`;
}

/** What all options of a TrafficControl do together; if two say the same, the later one counts. */
export function effectOf(
  { options = {} }: TrafficControl,
  registries: Pick<Registries, "options">,
): Effect {
  const effects = Object.entries(options).map(([field, value]) =>
    registries.options.get(field)!.effect(value)
  );
  return effects.reduce((whole, { copy, hop, ...more }) => ({
    ...whole,
    ...more,
    copy: { ...whole.copy, ...copy },
    hop: { ...whole.hop, ...hop },
  }), {});
}

/** The same, whose copies and hops have the scope that options give them, besides their own. */
function scoped(treatment: Treatment, { copy = {}, hop = {} }: Effect): Treatment {
  const within = <Part extends { readonly scope?: Scope }>(parts: readonly Part[], scope: Scope) =>
    parts.map((part) => ({ ...part, scope: { ...part.scope, ...scope } }));
  const { copies, hops } = treatment;
  return {
    ...treatment,
    ...(copies && Object.keys(copy).length > 0 && { copies: within(copies, copy) }),
    ...(hops && Object.keys(hop).length > 0 && { hops: within(hops, hop) }),
  };
}

/**
 * @param control One that `parseObject` accepted.
 * @param conditions What was found while it was read.
 */
export function compileControl(
  control: TrafficControl,
  registries: Registries,
  conditions: readonly Condition[] = [],
): Control {
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
  const effect = effectOf(control, registries);
  const { priority = DEFAULT_PRIORITY } = effect;
  const age = ageOf(control);
  return {
    name: control.name,
    object: control,
    age,
    priority,
    rank: rankOf(priority, age),
    directions: DIRECTIONS[control.direction],
    ports: [target, returned].filter((port) => port !== undefined),
    treatment: scoped(registries.actions.get(control.action)!.treat(given as never), effect),
    conditions,
  };
}
