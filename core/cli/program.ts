/** The command line: one command per file, put together here. @module */
import { Command } from "@commander-js/extra-typings";
import { agentCommand } from "./agent.ts";
import { cleanupCommand } from "./cleanup.ts";
import { crdCommand } from "./crd.ts";
import { planCommand } from "./plan.ts";
import type { Plugins } from "../registry.ts";
import { pluginCommand } from "./plugin.ts";
import { statusCommand } from "./status.ts";
import { validateCommand } from "./validate.ts";
import { versionCommand } from "./version.ts";
import { giveUpPermissions } from "./permissions.ts";

const AFTER_HELP = `
Examples:
  sluice validate -f manifests/             every problem in the files, with its line
  sluice plan -f manifests/ --bridge br0    what would change on the bridge; writes nothing
  sluice agent --source files --manifests manifests/ --bridge br0
  sluice status                             what the running agent does
  sluice cleanup --bridge br0               remove all that Sluice made

Exit codes: 0 done; 1 it could not be done, or there are problems; 2 wrong usage.`;

export function program(plugins: Plugins, version: string) {
  const commands = [
    agentCommand(plugins, version),
    validateCommand(plugins),
    planCommand(plugins),
    crdCommand(plugins),
    statusCommand(),
    cleanupCommand(),
    pluginCommand(plugins, version),
    versionCommand(),
  ];
  const root = new Command("sluice")
    .description("Mirror and redirect Pod traffic on any Open vSwitch bridge.")
    .version(version, "-V, --version", "print the version")
    .addHelpText("after", AFTER_HELP)
    .hook("preAction", (_, command) => giveUpPermissions(command))
    .exitOverride();
  for (const command of commands) {
    command.exitOverride().showHelpAfterError(`(sluice ${command.name()} --help tells more)`);
    root.addCommand(command as Command);
  }
  return root;
}
