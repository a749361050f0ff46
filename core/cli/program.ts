/** The command line of Sluice, put together from its commands. Each command has a file of its own. @module */
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { agentCommand } from "./agent.ts";
import { captureCommand } from "./capture.ts";
import { cleanupCommand } from "./cleanup.ts";
import { completeCommand, completionsCommand } from "./completion/commands.ts";
import { crdCommand } from "./crd.ts";
import { doctorCommand } from "./doctor.ts";
import { explainCommand } from "./explain.ts";
import { afterHelp } from "./help.ts";
import { requireOwnAnnotations } from "../objects/options.ts";
import { planCommand } from "./plan.ts";
import type { Plugins } from "../contracts/registry.ts";
import { pluginCommand } from "./plugin.ts";
import { sensorCommand } from "./sensor.ts";
import { statusCommand } from "./status.ts";
import { topCommand } from "./top.ts";
import { traceCommand } from "./trace.ts";
import { validateCommand } from "./validate.ts";
import { versionCommand } from "./version.ts";
import { webCommand } from "./web.ts";
import { giveUpPermissions } from "./permissions.ts";

/**
 * @param name What users write to call the program.
 * @throws {TerminalError} If two options have one annotation.
 */
export function program(plugins: Plugins, version: string, name = "sluice") {
  requireOwnAnnotations(plugins.options);
  const commands = [
    agentCommand(plugins, version),
    validateCommand(plugins),
    planCommand(plugins),
    doctorCommand(plugins),
    crdCommand(plugins),
    statusCommand(plugins.sources),
    explainCommand(),
    topCommand(),
    webCommand(plugins),
    traceCommand(plugins),
    captureCommand(),
    sensorCommand(),
    cleanupCommand(),
    pluginCommand(plugins, version),
    completionsCommand(),
    versionCommand(),
  ];
  const root = new Command(name)
    .description("Mirror and redirect Pod traffic on any Open vSwitch bridge.")
    .version(version, "-V, --version", "print the version")
    .addHelpText("after", afterHelp(name))
    .enablePositionalOptions()
    .hook("preAction", (_, command) => giveUpPermissions(command))
    .exitOverride();
  for (const command of commands) {
    command.exitOverride().showHelpAfterError(`(${name} ${command.name()} --help tells more)`);
    root.addCommand(command as Command);
  }
  root.addCommand(completeCommand(root) as CommandUnknownOpts as Command, { hidden: true });
  return root;
}
