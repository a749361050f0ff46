/** How several TrafficControls on one Pod combine, and the ids of what comes out. @module */
import { createHash } from "node:crypto";
import type { PacketDirection, Treatment } from "../../contracts/mod.ts";
import type { Control } from "../../objects/types.ts";

/** What is done to a Pod's packets in one direction; ports are names. */
export interface Combined {
  readonly id: number;
  readonly mirrors: readonly string[];
  readonly redirect?: { readonly target: string; readonly return: string };
  readonly drop?: true;
  /** Controls whose redirect another one's replaces, with the other one's name. */
  readonly superseded: ReadonlyMap<string, string>;
}

/** Equal treatments have one id, also after a restart: it follows from their content. */
function idOf(content: Omit<Combined, "id" | "superseded">): number {
  const text = JSON.stringify([content.mirrors, content.redirect ?? null, content.drop ?? false]);
  // 0 says "not treated" in the registers.
  return createHash("sha256").update(text).digest().readUInt32BE(0) || 1;
}

const ids = new WeakMap<Treatment, Combined>();

/**
 * Every mirror applies, once per target; of the redirects the one of the lowest rank; a drop beats
 * every redirect.
 *
 * @param controls Ready ones that select the Pod, in any order.
 * @param options What cannot be done to its packets.
 * @returns Nothing when none of them is about this direction.
 */
export function combine(
  controls: readonly Control[],
  direction: PacketDirection,
  options: { readonly noRedirect?: boolean; readonly noDrop?: boolean } = {},
): Combined | undefined {
  const acting = controls.filter(({ directions }) => directions.includes(direction));
  const { noRedirect = false, noDrop = false } = options;
  if (acting.length === 1 && !noRedirect && !noDrop) return combineOne(acting[0]!);
  return combineAll(acting, { noRedirect, noDrop });
}

/** The usual case, remembered: a thousand Pods of one control cost one hash. */
function combineOne(control: Control): Combined | undefined {
  const known = ids.get(control.treatment);
  if (known) return known;
  const combined = combineAll([control], { noRedirect: false, noDrop: false });
  if (combined) ids.set(control.treatment, combined);
  return combined;
}

function combineAll(
  controls: readonly Control[],
  { noRedirect, noDrop }: { readonly noRedirect: boolean; readonly noDrop: boolean },
): Combined | undefined {
  const byRank = [...controls].sort((a, b) => a.rank < b.rank ? -1 : 1);
  const mirrors = [...new Set(byRank.flatMap(({ treatment }) => treatment.mirrors ?? []))].sort();
  const drop = !noDrop && byRank.some(({ treatment }) => treatment.drop);
  const redirects = byRank.filter(({ treatment }) => treatment.redirect);
  const redirect = noRedirect || drop ? undefined : redirects[0]?.treatment.redirect;
  if (mirrors.length === 0 && !redirect && !drop) return undefined;
  const content = {
    mirrors,
    ...(redirect && { redirect: { target: redirect.target, return: redirect.return } }),
    ...(drop && { drop }),
  };
  return { ...content, id: idOf(content), superseded: supersededBy(redirects) };
}

/** The same pair asked for twice is no loss to anybody. */
function supersededBy(redirects: readonly Control[]): ReadonlyMap<string, string> {
  const [winner, ...others] = redirects;
  const pair = winner?.treatment.redirect;
  return new Map(
    others.filter(({ treatment: { redirect } }) =>
      redirect!.target !== pair!.target || redirect!.return !== pair!.return
    ).map(({ name }) => [name, winner!.name]),
  );
}
