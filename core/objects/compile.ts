/** From a TrafficControl to what the model needs of it: its ports, and what it does with packets. @module */
import type { Condition } from "../contracts/condition.ts";
import {
  DEFAULT_PRIORITY,
  type Effect,
  MOST_PRIORITY,
  type PacketDirection,
  type Scope,
  type Treatment,
} from "../contracts/mod.ts";
import { entriesOf, ingressTreatmentOf, pairOf, portsOf, treatmentOf } from "./entries.ts";
import { periodOf } from "./period.ts";
import type { Control, TrafficControl } from "./types.ts";
import type { Registries } from "../contracts/registry.ts";

const DIRECTIONS = {
  Ingress: ["ingress"],
  Egress: ["egress"],
  Both: ["egress", "ingress"],
} as const satisfies Record<TrafficControl["direction"], readonly PacketDirection[]>;

/**
 * A text that sorts objects by age, then by name. One without `creationTimestamp`, as files have them, is older
 * than all others.
 */
export function ageOf(
  { name, creationTimestamp }: Pick<TrafficControl, "name" | "creationTimestamp">,
): string {
  const created = creationTimestamp ? new Date(creationTimestamp).toISOString() : "";
  return `${created} ${name}`;
}

/** A text that sorts TrafficControls by priority, then by age. @param age As `ageOf` returns it. */
export function rankOf(priority: number, age: string): string {
  return `${String(priority).padStart(String(MOST_PRIORITY).length, "0")} ${age}`;
}

/** What all options of a TrafficControl do together. If two of them set the same field, the later one counts. */
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

/** The treatment with the scopes that options give to its copies and hops, in addition to their own. */
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
 * Calls the plugins that the TrafficControl names, and puts together what they return.
 *
 * @param control A TrafficControl that `parseObject` accepted.
 * @param conditions Warnings that were found while the object was read.
 * @throws {PluginError} If a plugin of a file fails.
 */
export function compileControl(
  control: TrafficControl,
  registries: Registries,
  conditions: readonly Condition[] = [],
): Control {
  const entries = entriesOf(control, registries);
  const additional = entries.slice(1).map(pairOf);
  const effect = effectOf(control, registries);
  const action = registries.actions.get(control.action)!;
  const ingress = ingressTreatmentOf(action, entries);
  const { priority = DEFAULT_PRIORITY, failsClosed, countsByPod } = effect;
  const period = periodOf(effect, control);
  const age = ageOf(control);
  return {
    name: control.name,
    object: control,
    age,
    priority,
    rank: rankOf(priority, age),
    directions: DIRECTIONS[control.direction],
    ports: portsOf(entries),
    ...(additional.length > 0 && { additional }),
    treatment: scoped(treatmentOf(action, entries), effect),
    ...(ingress && { ingressTreatment: scoped(ingress, effect) }),
    ...(failsClosed && { failsClosed }),
    ...(countsByPod && { countsByPod }),
    ...(period && { period }),
    conditions,
  };
}
