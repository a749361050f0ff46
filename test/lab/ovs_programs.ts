/** Which Open vSwitch the private ones of the tests are: the system's, or the one that `scripts/test --ovs-version` names. @module */
import "./environment.ts";

/** Folder with the programs of another Open vSwitch, to be used instead of the system's. */
export const PROGRAMS = Deno.env.get("SLUICE_OVS_BIN");
export const SCHEMA = Deno.env.get("OVS_SCHEMA") ?? "/usr/share/openvswitch/vswitch.ovsschema";
/** The minor version that it has to be; any if absent. */
const WANTED = Deno.env.get("SLUICE_OVS_VERSION") || undefined;

/**
 * @param said What a running ovs-vswitchd says, e.g. `ovs-vswitchd (Open vSwitch) 3.5.0`.
 * @returns Its version.
 * @throws {Error} If it is not of the minor version that the tests have to run on.
 */
export function runningVersion(said: string, wanted = WANTED): string {
  const [, version] = /\(Open vSwitch\) (\S+)/.exec(said) ?? [];
  if (version === undefined) {
    throw new Error(`Cannot tell the version of ovs-vswitchd from "${said}"`);
  }
  if (wanted !== undefined && !version.startsWith(`${wanted}.`)) {
    throw new Error(
      `Cannot test on Open vSwitch ${wanted}: the ovs-vswitchd that runs is ${version}`,
    );
  }
  return version;
}
