/** Chains: redirects with `chainOrder`, whose pairs a packet passes one after the other. @module */
import { LIMITS } from "../../base/limits.ts";
import type { Hop, PacketDirection, Scope } from "../../contracts/mod.ts";
import type { Control } from "../../objects/types.ts";

/** What the redirects of a Pod do together in one direction. */
export interface RedirectEffect {
  /** Each with the name of its TrafficControl. */
  readonly hops: readonly { readonly hop: Hop<string>; readonly asker: string }[];
  /** Present if packets are dropped, as pairs are not there: the name of the TrafficControl that drops them. */
  readonly dropper?: string;
  /** The scope of the drop; absent if all packets are dropped. */
  readonly dropScope?: Scope;
}

export const NOTHING: RedirectEffect = { hops: [] };

type Scoped = { readonly scope?: Scope | undefined };
/** The scope as a part of an object. An empty scope means the same as none, so it is left out. */
export const scopeOf = ({ scope = {} }: Scoped) => Object.keys(scope).length > 0 ? { scope } : {};

export function hopsOf({ treatment: { hops = [] } }: Control): Hop<string>[] {
  return hops.map((hop) => ({
    pairs: hop.pairs.map((pair) => ({ target: pair.target, return: pair.return })),
    ...scopeOf(hop),
  }));
}

/** Whether the hop is part of a chain. */
export const isChained = ({ scope = {} }: Scoped) => "chainOrder" in scope;

/** The place of the redirect in a chain; nothing if it is part of none. */
export function orderOf({ treatment: { hops = [] }, blockedScope }: Control): number | undefined {
  const scope = blockedScope ?? hops[0]?.scope;
  return scope?.chainOrder as number | undefined;
}

/** The pairs of a redirect: equal ones have equal texts. */
export const pairText = (control: Control) =>
  JSON.stringify(hopsOf(control).map(({ pairs }) => pairs));

/**
 * The redirects that are in effect, in the order in which a packet passes them: the first by rank, or the chain that it is
 * part of. What a Pod receives passes the chain in reverse. If two ask for one pair, the first by rank has it.
 *
 * @param redirects Sorted by rank.
 */
export function chainOf(redirects: readonly Control[], direction: PacketDirection): Control[] {
  const [winner] = redirects;
  if (!winner) return [];
  if (orderOf(winner) === undefined) return [winner];
  const members = redirects.filter((each) => orderOf(each) !== undefined);
  const distinct = new Map<string, Control>();
  for (const member of members) {
    distinct.getOrInsert(member.isBlocked ? member.name : pairText(member), member);
  }
  const chain = [...distinct.values()].slice(0, LIMITS.chain)
    .sort((a, b) => orderOf(a)! - orderOf(b)!);
  return direction === "egress" ? chain : chain.reverse();
}

/**
 * What a chain does. A member whose pairs are not there drops the packets that it would redirect; the others go on. If two
 * such members have rules, all packets are dropped, as one drop has the rules of one.
 */
export function effectOf(chain: readonly Control[]): RedirectEffect {
  const hops = chain.filter(({ isBlocked }) => !isBlocked)
    .flatMap((control) => hopsOf(control).map((hop) => ({ hop, asker: control.name })));
  const [blocked, ...more] = chain.filter(({ isBlocked }) => isBlocked);
  if (!blocked) return { hops };
  const dropper = blocked.name;
  const { scope } = scopeOf({ scope: blocked.blockedScope });
  if (more.length === 0 && scope && (chain.length === 1 || "rules" in scope)) {
    return { hops, dropper, dropScope: scope };
  }
  return { hops: [], dropper };
}
