/** By which rule one of several TrafficControls gets a Pod's packets. Pure. @module */
import { LIMITS } from "../base/limits.ts";
import { orderOf, pairText } from "../model/pods/chains.ts";
import type { Control } from "../objects/types.ts";

/** Why one comes before the other by priority, age or name, as the end of a sentence. */
function rankText(winner: Control, loser: Control): string {
  if (winner.priority !== loser.priority) {
    return `its priority ${winner.priority} is lower than ${loser.priority}`;
  }
  const [created, later] = [winner, loser].map(({ object }) => object.creationTimestamp);
  if (created === later) return "both are of the same age, and its name sorts first";
  if (created === undefined) {
    return "it has no time of creation, as objects in files do, and counts as older";
  }
  return `it is older: created ${created}, the other one ${later}`;
}

/** @param winner The TrafficControl whose redirect or drop is in effect. @param loser One whose redirect is not. */
export function precedenceText(winner: Control, loser: Control): string {
  const sentence = (why: string) => `"${winner.name}" comes before "${loser.name}": ${why}`;
  if (winner.treatment.drop && !winner.isBlocked) {
    return sentence("it drops packets, and a packet that is dropped reaches no redirect");
  }
  const isChain = orderOf(winner) !== undefined;
  if (!isChain) return sentence(rankText(winner, loser));
  if (orderOf(loser) === undefined) {
    return sentence(`${rankText(winner, loser)}; it has chainOrder, and the other one has none`);
  }
  return pairText(winner) === pairText(loser)
    ? sentence(`both have the same pair in one chain; ${rankText(winner, loser)}`)
    : sentence(`the chain has ${LIMITS.chain} redirects already that come first`);
}

/** The order of a chain in words; nothing if there is none. @param chain In the order in which packets pass it. */
export function chainText(chain: readonly Control[]): string | undefined {
  if (chain.length < 2) return undefined;
  const links = chain.map((control) => `"${control.name}" (chainOrder ${orderOf(control)})`);
  return `a chain, in this order: ${links.join(", then ")}`;
}
