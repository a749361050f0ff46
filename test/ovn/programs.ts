/** The OVN of the tests, where it is unpacked: scripts/_ovn. @module */
import { join } from "node:path";
import type { SwitchPrograms } from "../lab/ovs.ts";
import { script } from "../lab/paths.ts";
import { tryRun } from "../lab/run.ts";

/** Programs of one release of Debian. */
export interface OvnPrograms {
  /** Folder with the programs. */
  readonly folder: string;
  /** Folder with the schemas of OVN's databases. */
  readonly schemas: string;
  /** The Open vSwitch that belongs to it; absent if that is the machine's own. */
  readonly switch?: SwitchPrograms;
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** @param release Of Debian; if absent, the one that SLUICE_OVN names, or the machine's. */
async function find(release?: string): Promise<OvnPrograms | undefined> {
  const { code, stdout } = await tryRun(script("_ovn"), release === undefined ? [] : [release]);
  if (code !== 0) return undefined;
  const [folder, schemas] = ["bin", "share"].map((name) => join(stdout.trim(), name));
  const schema = join(schemas!, "vswitch.ovsschema");
  return {
    folder: folder!,
    schemas: schemas!,
    ...(await isThere(schema) && { switch: { folder: folder!, schema } }),
  };
}

const USUAL = await find();

/** Whether tests with an OVN are skipped. In CI they are not: there they fail without one. */
export const SKIPPED = USUAL === undefined && Deno.env.get("CI") !== "true";
if (SKIPPED) {
  console.error("SKIPPED: what needs a real OVN. There is none: run scripts/setup --ovn");
}

/** @throws {Error} If they are not unpacked. */
export async function ovnPrograms(release?: string): Promise<OvnPrograms> {
  const found = release === undefined ? USUAL : await find(release);
  if (found) return found;
  const which = release === undefined ? "" : ` of release "${release}"`;
  throw new Error(`Cannot start OVN${which}: it is not unpacked: run scripts/setup --ovn`);
}

/** Variables with which programs of OVN find their files in a folder. */
export function environmentIn(folder: string, programs: OvnPrograms): Record<string, string> {
  return {
    OVN_RUNDIR: folder,
    OVN_LOGDIR: folder,
    OVN_DBDIR: folder,
    OVN_SYSCONFDIR: folder,
    PATH: `${programs.folder}:${Deno.env.get("PATH")}`,
  };
}
