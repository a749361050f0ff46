/**
 * The entries of a TrafficControl: `targetPort` with `returnPort` is the first one, `additionalPorts` has the others. The
 * action treats each entry alone, and the treatments of all entries become one.
 * @module
 */
import { PluginError } from "../base/errors.ts";
import type { Action, Copy, Hop, PortRef, Treatment } from "../contracts/mod.ts";
import type { Registries } from "../contracts/registry.ts";
import type { AdditionalPair, AdditionalPort, PortClaim, TrafficControl } from "./types.ts";

/** An entry with the claims on its ports. */
export interface PortEntry {
  readonly name: string;
  readonly target: PortClaim | undefined;
  /** The target of what Pods receive, if it is another one. */
  readonly ingress: PortClaim | undefined;
  readonly returned: PortClaim | undefined;
  readonly weight: number;
}

/** @throws {PluginError} If a target of a plugin file fails. */
export function entriesOf(control: TrafficControl, registries: Registries): PortEntry[] {
  const claim = (
    given: TrafficControl["targetPort"],
    portOf: "port" | "ingressPort" = "port",
  ): PortClaim | undefined => {
    if (!given) return undefined;
    const target = registries.targets.get(given.kind)!;
    const { lifetime, overhead } = target;
    const spec = target[portOf]?.(given.spec);
    if (!spec) return undefined;
    return { kind: given.kind, lifetime, ...(overhead !== undefined && { overhead }), spec };
  };
  const receives = control.direction !== "Egress";
  const entry = (
    { name, targetPort, returnPort, weight }: Partial<AdditionalPort>,
  ): PortEntry => ({
    name: name ?? "",
    target: claim(targetPort),
    ingress: receives ? claim(targetPort, "ingressPort") : undefined,
    returned: claim(returnPort),
    weight: weight ?? 1,
  });
  const { targetPort, returnPort, additionalPorts = [] } = control;
  const first = { ...(targetPort && { targetPort }), ...(returnPort && { returnPort }) };
  return [entry(first), ...additionalPorts.map(entry)];
}

/** The claims of all entries, each port once. If both ports of an entry are one, the claim of the return port counts. */
export function portsOf(entries: readonly PortEntry[]): PortClaim[] {
  const claims = entries.flatMap(({ target, ingress, returned }) => [target, ingress, returned])
    .filter((claim) => claim !== undefined);
  return [...new Map(claims.map((claim) => [claim.spec.name, claim])).values()];
}

/** The names of the ports of an additional entry. */
export function pairOf({ name, target, returned, weight }: PortEntry): AdditionalPair {
  return {
    name,
    target: target!.spec.name,
    ...(returned && { return: returned.spec.name }),
    weight,
  };
}

/** What the action does to the packets that Pods receive, if that is something else: it has other ports. */
export function ingressTreatmentOf(
  action: Action,
  entries: readonly PortEntry[],
): Treatment | undefined {
  if (entries.every(({ ingress }) => ingress === undefined)) return undefined;
  return treatmentOf(
    action,
    entries.map((entry) => ({ ...entry, target: entry.ingress ?? entry.target })),
  );
}

/**
 * What the action does with all entries: each copy goes to one port of all, each hop through one pair of all. An entry
 * stands in them as often as its weight says.
 *
 * @throws {PluginError} If the action does not do the same for each entry.
 */
export function treatmentOf(action: Action, entries: readonly PortEntry[]): Treatment {
  const all = entries.map((entry) => treat(action, entry));
  const [first, ...others] = all;
  if (!first || others.length === 0) return first!;
  requireSame(action, first, others);
  const { copies, hops } = first;
  const join = <Member>(membersOf: (treatment: Treatment) => readonly Member[]) =>
    all.flatMap((treatment, at) => repeated(membersOf(treatment), entries[at]!.weight));
  return {
    ...first,
    ...(copies && {
      copies: copies.map((copy, at): Copy => ({ ...copy, to: join((one) => one.copies![at]!.to) })),
    }),
    ...(hops && {
      hops: hops.map((hop, at): Hop => ({ ...hop, pairs: join((one) => one.hops![at]!.pairs) })),
    }),
  };
}

function requireSame({ name }: Action, first: Treatment, others: readonly Treatment[]): void {
  const isSame = ({ copies, hops, drop }: Treatment) =>
    countOf(copies) === countOf(first.copies) && countOf(hops) === countOf(first.hops) &&
    drop === first.drop;
  if (others.every(isSame)) return;
  throw new PluginError(name, "treat must do the same for each of the additional ports");
}

const repeated = <Member>(members: readonly Member[], times: number): Member[] =>
  Array.from({ length: times }, () => members).flat();

const countOf = (parts: readonly unknown[] | undefined) => parts?.length ?? 0;

function treat(action: Action, { target, returned }: PortEntry): Treatment {
  // An action says which of the two ports it requires, and `parseObject` has checked that they are there.
  const given = {
    target: target?.spec.name as PortRef,
    returnPort: returned?.spec.name as PortRef,
  };
  return action.treat(given as never);
}
