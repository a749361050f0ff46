/** Another Open vSwitch than the system's, which tests of a run use. @module */
import { join } from "node:path";

export interface OpenVSwitch {
  /** As its running ovs-vswitchd says, e.g. `3.5.0`. */
  readonly version: string;
  /** Variables of the processes that use it. */
  readonly env: Readonly<Record<string, string>>;
}

const FINDER = join(import.meta.dirname!, "..", "_openvswitch");
const ASK = join(import.meta.dirname!, "ask_version.ts");

async function output(command: string, args: string[], env = {}): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args, env }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (code !== 0) throw new Error(`Cannot use another Open vSwitch: ${text(stderr)}`);
  return text(stdout);
}

/**
 * Finds the Open vSwitch of a minor version in Sluice's cache, and starts it for a moment.
 *
 * @throws {Error} If it is not there, or what runs is of another version.
 */
export async function findOpenVSwitch(minor: string): Promise<OpenVSwitch> {
  const folder = await output(FINDER, [minor]);
  const programs = join(folder, "bin");
  const env = {
    PATH: `${programs}:${Deno.env.get("PATH")}`,
    SLUICE_OVS_BIN: programs,
    SLUICE_OVS_VERSION: minor,
    OVS_SCHEMA: join(folder, "vswitch.ovsschema"),
  };
  return { version: await output(Deno.execPath(), ["run", "-A", "--quiet", ASK], env), env };
}
