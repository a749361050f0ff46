/**
 * How many tables one broadcast or multicast packet is looked up in for its copies. Open vSwitch drops a packet with more than
 * 4,096 lookups, so all of it: MAX_RESUBMITS in ofproto-dpif-xlate.c.
 * @module
 */
import { LIMITS, type RealizedCopy } from "../../core/api.ts";
import { isCapped } from "./_capped.ts";
import type { Mirrored } from "./_flood_copies.ts";
import { listsFor } from "./_leg_lists.ts";
import { samplingOf } from "./_sampling.ts";

/** Each copy takes CopyOnce and Count, and CopyOnce again if it loses its VLAN tag, or Leg for the best leg. */
const FOR_COPY = 3;
/** Table Balance takes its choice, then sends the copy. */
const FOR_CHOICE = 2;

/** @throws {RangeError} If the packet might be dropped. */
export function checkLookups(mirrors: readonly Mirrored[]): void {
  const lookups = mirrors.reduce((sum, mirror) => sum + lookupsOf(mirror), 0);
  if (lookups <= LIMITS.floodedLookups) return;
  const legs = mirrors.reduce((sum, mirror) => sum + askedLegs(mirror).length, 0);
  const scopes = legs > 0 ? ` for ${legs} TrafficControls with a scope` : "";
  throw new RangeError(
    `Cannot copy broadcast to "${mirrors.length}" mirrors${scopes}: ` +
      `that takes ${lookups} lookups, more than ${LIMITS.floodedLookups}`,
  );
}

/** The legs that a packet may have to ask for. */
const askedLegs = ({ whole, wholeOfOne, legs }: Mirrored) =>
  wholeOfOne?.others ?? (whole ? [] : legs);

function lookupsOf(mirror: Mirrored): number {
  const asked = askedLegs(mirror);
  const copies = mirror.whole ? [mirror.whole, ...mirror.legs] : mirror.legs;
  const forLegs = asked.reduce((sum, leg) => sum + lookupsOfLeg(leg), 0) + listsFor(asked.length);
  const forChoice = copies.some(({ choice }) => choice !== undefined) ? FOR_CHOICE : 0;
  return FOR_COPY + forChoice + forLegs + (asked.some(isCapped) ? 1 : 0);
}

/** Table Filter, table Leg, and Leg again with the hash of a sample. */
function lookupsOfLeg(leg: RealizedCopy): number {
  return 1 + (leg.filter === undefined ? 0 : 1) + (samplingOf(leg) === undefined ? 0 : 1);
}
