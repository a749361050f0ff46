/** The versions of Open vSwitch that Sluice is tested with: the one table of them, which `scripts/_openvswitch` reads, too. @module */

/** Minor versions, the oldest first, each with the suite of Debian that has it. */
export const TESTED_OVS = {
  "3.1": "bookworm",
  "3.5": "trixie",
  "4.0": "sid",
} as const;

/** The first version that reports changed flows over OpenFlow 1.5: Open vSwitch's NEWS, v3.0.0, "Extended Flow Monitoring". */
export const OLDEST_OVS = "3.0";

const TESTED = Object.keys(TESTED_OVS);

/** From the oldest tested version to the newest, e.g. for pages of the documentation. */
export const TESTED_OVS_RANGE = `${TESTED[0]} to ${TESTED.at(-1)}`;

/**
 * - `unusable`: Sluice cannot work with it;
 * - `older` and `newer`: older than all tested versions, and newer;
 * - `tested`: one of the tested versions, or between two of them.
 */
export type OvsSupport = "unusable" | "older" | "tested" | "newer";

/** The first two numbers of a version, the only ones that count here. */
type Minor = readonly [major: number, minor: number];

function minorOf(version: string): Minor | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

/** Negative if the first is older. */
function compare(one: Minor, other: string): number {
  const [major, minor] = minorOf(other)!;
  return one[0] - major || one[1] - minor;
}

/**
 * @param version As in column `ovs_version` of table Open_vSwitch, e.g. `3.1.0`.
 * @returns `undefined` if that is no version.
 */
export function ovsSupport(version: string): OvsSupport | undefined {
  const minor = minorOf(version);
  if (!minor) return undefined;
  if (compare(minor, OLDEST_OVS) < 0) return "unusable";
  if (compare(minor, TESTED[0]!) < 0) return "older";
  return compare(minor, TESTED.at(-1)!) > 0 ? "newer" : "tested";
}
