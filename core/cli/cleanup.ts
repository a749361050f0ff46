/** `sluice cleanup`: removes the ports and flows that Sluice made on a bridge. @module */
import { removeFlows, removePorts, restoreFlooding, restoreProtocols } from "../apply/cleanup.ts";
import { type BridgeConfig, openflowAddress } from "../agent/config.ts";
import { SluiceError } from "../base/errors.ts";
import { bridgeView } from "../ovsdb/mod.ts";
import { withOvsdb } from "./connected.ts";
import { bridgeOptions } from "./options.ts";
import { printLine } from "./print.ts";

export function cleanupCommand() {
  const command = bridgeOptions().name("cleanup")
    .description("Remove every port, flow, group and mirror that Sluice owns on a bridge.")
    .addHelpText("after", "\nStop the agent first: it would make them again.");
  return command.action(async () => {
    const config = command.opts() as BridgeConfig;
    await withOvsdb(config.ovsdb, async (session) => {
      if (!bridgeView(session.cache, config.bridge)) {
        throw new SluiceError(`Cannot clean up bridge "${config.bridge}": it does not exist`);
      }
      const flows = await removeFlows(openflowAddress(config));
      const ports = await removePorts(session, config.bridge);
      printLine(`Removed ${flows} flows and ${ports.length} ports from bridge ${config.bridge}.`);
      for (const port of ports) printLine(`  ${port}`);
      await restoreFlooding(openflowAddress(config), session, config.bridge);
      const protocol = await restoreProtocols(session, config.bridge);
      if (protocol === undefined) return;
      printLine(
        `Bridge ${config.bridge} does not allow ${protocol} any more, as before the agent.`,
      );
    });
  });
}
