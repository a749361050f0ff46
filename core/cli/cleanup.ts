/** `sluice cleanup`: removes the ports and flows that Sluice made on a bridge. @module */
import {
  forgetHolder,
  forgetPlaces,
  removablePorts,
  removeFlows,
  removePorts,
  restoreFlooding,
  restoreProtocols,
} from "../apply/cleanup.ts";
import {
  type BridgeConfig,
  type BridgesConfig,
  configsOf,
  openflowAddress,
} from "../agent/config.ts";
import { SluiceError } from "../base/errors.ts";
import { lockName } from "../base/marks.ts";
import { holderInWords, holderNote } from "../observe/holder.ts";
import { bridgeView, type OvsdbSession } from "../ovsdb/mod.ts";
import { configOption, readConfigFile } from "./config_option.ts";
import { withOvsdb } from "./connected.ts";
import { bridgeOptions } from "./options.ts";
import { printLine } from "./print.ts";

const AFTER_HELP = `
Stop the agent first: it would make them again. While an agent works on the bridge, cleanup refuses.`;

export function cleanupCommand() {
  const command = bridgeOptions().name("cleanup")
    .description("Remove every port, flow, group and mirror that Sluice owns on a bridge.")
    .option("--dry-run", "only print what would be removed")
    .option("--force", "take the bridge from an agent that works on it, until cleanup has ended")
    .addOption(configOption())
    .addHelpText("after", AFTER_HELP);
  return command.action(async ({ dryRun, force }) => {
    await readConfigFile(command);
    await forEach(configsOf(command.opts() as BridgesConfig), async (config) => {
      if (dryRun) return await withOvsdb(config.ovsdb, (session) => show(session, config));
      const lock = { id: lockName(config.bridge), ...(force && { steal: true as const }) };
      await withOvsdb(config.ovsdb, (session) => cleanUp(session, config), { lock });
    });
    if (dryRun) return;
    if (force) printLine("An agent that still runs makes all this again now: stop it first.");
  });
}

/** Cleans up each bridge, also behind one that cannot be. @throws {SluiceError} With what hinders it on which bridges. */
async function forEach(
  configs: readonly BridgeConfig[],
  cleanUp: (config: BridgeConfig) => Promise<void>,
): Promise<void> {
  const failures: SluiceError[] = [];
  for (const config of configs) {
    try {
      await cleanUp(config);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      failures.push(error);
    }
  }
  const [first, ...others] = failures;
  if (!first) return;
  throw others.length === 0
    ? first
    : new SluiceError(failures.map(({ message }) => message).join("; "), { cause: first });
}

/** @throws {SluiceError} If there is no such bridge. */
function requireBridge({ cache }: OvsdbSession, bridge: string): void {
  if (bridgeView(cache, bridge)) return;
  throw new SluiceError(`Cannot clean up bridge "${bridge}": it does not exist`);
}

/** Prints what would be removed. It needs no lock, because it only reads. */
async function show(session: OvsdbSession, config: BridgeConfig): Promise<void> {
  const { bridge } = config;
  requireBridge(session, bridge);
  const flows = await removeFlows(openflowAddress(config), { dryRun: true });
  const ports = removablePorts(session.cache, bridge);
  printLine(`Would remove ${flows} flows and ${ports.length} ports from bridge ${bridge}.`);
  for (const port of ports) printLine(`  ${port}`);
}

/** @throws {SluiceError} If an agent works on the bridge. */
async function cleanUp(session: OvsdbSession, config: BridgeConfig): Promise<void> {
  const { bridge } = config;
  requireBridge(session, bridge);
  const holder = holderInWords(holderNote(session.cache, bridge));
  if (session.lock !== "held") {
    const cure = "stop it first, or give --force";
    throw new SluiceError(
      `Cannot clean up bridge "${bridge}": it is in the hands of ${holder}: ${cure}`,
    );
  }
  const flows = await removeFlows(openflowAddress(config));
  const ports = await removePorts(session, bridge);
  printLine(`Removed ${flows} flows and ${ports.length} ports from bridge ${bridge}.`);
  for (const port of ports) printLine(`  ${port}`);
  await restoreFlooding(openflowAddress(config), session, bridge);
  await forgetHolder(session, bridge);
  await forgetPlaces(session, bridge);
  const protocol = await restoreProtocols(session, bridge);
  if (protocol === undefined) return;
  printLine(`Bridge ${bridge} does not allow ${protocol} any more, as before the agent.`);
}
