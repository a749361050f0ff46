/** Makes the owner's changes on a switch. @module */
import { type Batch, BRIDGES } from "./batch.ts";
import { VETHS } from "./foreign.ts";
import type { PrivateOvs } from "../lab/ovs.ts";
import { run } from "../lab/run.ts";

/** Adds network devices to the switch's namespace. No bridge has them as ports yet. @param more Further names. */
export async function addDevices(ovs: PrivateOvs, more: readonly string[]): Promise<void> {
  const all = [...VETHS, ...more.map((name) => [name, 1500] as const)];
  const lines = all.flatMap(([name, mtu]) => [
    `link add name ${name} mtu ${mtu} type veth peer name ${name}-x`,
    `link set dev ${name} up`,
    `link set dev ${name}-x up`,
  ]);
  await run("ip", ["-n", ovs.netns, "-batch", "-"], { stdin: lines.join("\n") });
}

let files = 0;

/** Makes all changes of a batch on one switch. */
export async function apply(ovs: PrivateOvs, batch: Batch): Promise<void> {
  if (batch.database.length > 0) {
    await ovs.vsctl(...batch.database.flatMap((command) => ["--", ...command]).slice(1));
  }
  for (const bridge of BRIDGES) await bundle(ovs, bridge, batch.flows[bridge]);
  for (const [bridge, port, flood] of batch.flooding) {
    await run("ovs-ofctl", ["-O", "OpenFlow10", "mod-port", bridge, port, flood], {
      env: ovs.environment,
    });
  }
}

async function bundle(ovs: PrivateOvs, bridge: string, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  const file = `${ovs.dir}/bundle${++files}`;
  await Deno.writeTextFile(file, lines.join("\n"));
  await ovs.ofctl("bundle", bridge, file);
}

/**
 * The groups and flows that the owner has to write again after a restart of ovs-vswitchd.
 *
 * @param ovs A switch on which all groups and flows are the owner's.
 */
export async function remembered(ovs: PrivateOvs): Promise<Batch["flows"]> {
  const [br0, br1] = await Promise.all(BRIDGES.map(async (bridge) => {
    const [groups, flows] = await Promise.all([
      ovs.ofctl("dump-groups", bridge),
      ovs.ofctl("--no-stats", "dump-flows", bridge),
    ]);
    const lines = (text: string) => text.split("\n").filter((line) => line.startsWith(" "));
    return [
      ...lines(groups).map((line) => `group add ${line.trim()}`),
      ...lines(flows).map((line) => `flow add ${line.trim()}`),
    ];
  }));
  return { br0: br0!, br1: br1! };
}
