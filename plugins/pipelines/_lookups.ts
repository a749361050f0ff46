/**
 * How many tables one packet is looked up in for its copies. Open vSwitch drops a packet with more than 4,096 lookups, so all
 * of it: MAX_RESUBMITS in ofproto-dpif-xlate.c. Those for the sender's copies and for the receivers' are added up.
 * @module
 */
import { LIMITS, type RealizedCopy } from "../../core/api.ts";
import { isCapped } from "./_capped.ts";
import type { Mirrored } from "./_flood_copies.ts";
import { listsFor } from "./_leg_lists.ts";
import type { CopiesTo } from "./_legs.ts";
import { samplingOf } from "./_sampling.ts";

/** Each copy takes CopyOnce and Count, and CopyOnce again if it loses its VLAN tag, or Leg for the best leg. */
const FOR_COPY = 3;
/** Table Balance takes its choice, then sends the copy. */
const FOR_CHOICE = 2;

/** @throws {RangeError} If a broadcast or multicast packet might be dropped. */
export const checkFlood = (mirrors: readonly Mirrored[]) =>
  check(mirrors, { what: "broadcast", most: LIMITS.floodedLookups });

/** @throws {RangeError} If a packet that a Pod sends or receives might be dropped. */
export const checkTreatment = (copies: readonly CopiesTo[]) =>
  check(copies, { what: "a Pod's packets", most: LIMITS.treatmentLookups });

type Copies = CopiesTo & Pick<Mirrored, "wholeOfOne">;

function check(
  mirrors: readonly Copies[],
  { what, most }: { readonly what: string; readonly most: number },
): void {
  const lookups = mirrors.reduce((sum, mirror) => sum + lookupsOf(mirror), 0);
  if (lookups <= most) return;
  const legs = mirrors.reduce((sum, mirror) => sum + askedLegs(mirror).length, 0);
  const scopes = legs > 0 ? ` for ${legs} TrafficControls with a scope` : "";
  throw new RangeError(
    `Cannot copy ${what} to "${mirrors.length}" mirrors${scopes}: ` +
      `that takes ${lookups} lookups, more than ${most}`,
  );
}

/** The legs that a packet may have to ask for. */
const askedLegs = ({ whole, wholeOfOne, legs }: Copies) =>
  wholeOfOne?.others ?? (whole ? [] : legs);

function lookupsOf(mirror: Copies): number {
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
