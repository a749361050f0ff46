/** What is done to a Pod's packets in the end, and for which TrafficControl. Pure. @module */
import type { Copy, Hop, PacketDirection, Scope } from "../contracts/mod.ts";
import { isCapture } from "../model/flows/captures.ts";
import type { TreatedPort } from "../model/pods/treated_pod.ts";
import type { CombinedTreatment } from "../model/pods/treatments.ts";
import type { Control } from "../objects/types.ts";
import type { ExplainedDirection } from "./explanation.ts";
import { chainText, precedenceText } from "./precedence.ts";
import { DIRECTIONS, type PodWork } from "./work.ts";

/** What happens at a port of the Pod. */
export function directionsOf(treated: TreatedPort, work: PodWork): ExplainedDirection[] {
  return DIRECTIONS.map((direction) => {
    const combined = treated[direction];
    return {
      direction,
      does: combined ? doneTexts(combined, direction, work) : [],
      decisions: combined ? decisionTexts(combined, work.acting) : [],
    };
  });
}

/** The names of the fields that limit a copy or a hop to some packets, or to a part of each. */
function scopeText(scope: Scope | undefined): string {
  const fields = Object.keys(scope ?? {}).filter((field) => field !== "chainOrder");
  return fields.length > 0 ? ` (limited by ${fields.join(", ")})` : "";
}

function copyText({ to, scope }: Copy<string>): string {
  const [first, ...others] = new Set(to); // a weight names a port several times
  const where = others.length > 0 ? `one of ${[first, ...others].join(", ")}` : first;
  return `a copy to ${where}${scopeText(scope)}`;
}

function hopText({ pairs, scope }: Hop<string>): string {
  const ways = [...new Set(pairs.map((pair) => `${pair.target} and back by ${pair.return}`))];
  const where = ways.length > 1 ? `one of these: ${ways.join("; ")}` : ways[0];
  return `redirected through ${where}${scopeText(scope)}`;
}

function doneTexts(
  { copies, hops, drop, dropScope, askers }: CombinedTreatment,
  direction: PacketDirection,
  work: PodWork,
): string[] {
  const isBlocked = work.acting.some(({ name, isBlocked }) => isBlocked && name === askers.drop);
  const why = isBlocked ? ", as no pair of its ports is there" : "";
  const asked = copies.filter(({ to }) => !to.every(isCapture)); // nobody but a session of `sluice capture` asks for those
  return [
    ...asked.map((copy) => `${copyText(copy)}, for ${named(work.asking(copy, direction))}`),
    ...hops.map((hop, index) => `${hopText(hop)}, for ${named([askers.hops[index]!])}`),
    ...(drop ? [`dropped${scopeText(dropScope)}, for ${named([askers.drop!])}${why}`] : []),
  ];
}

const named = (controls: readonly string[]) => controls.map((name) => `"${name}"`).join(" and ");

function decisionTexts(
  { superseded, askers }: CombinedTreatment,
  acting: readonly Control[],
): string[] {
  const byName = new Map(acting.map((control) => [control.name, control]));
  const order = chainText([...new Set(askers.hops)].flatMap((name) => byName.get(name) ?? []));
  const texts = [...superseded].map(([loser, winner]) => {
    const [one, other] = [byName.get(winner), byName.get(loser)];
    return one && other && precedenceText(one, other);
  });
  return [order, ...texts].filter((text) => text !== undefined);
}
