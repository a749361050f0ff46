/** `sluice plugin`: lists plugins, checks plugin files, and writes a new plugin to begin with. @module */
import { Argument, Command, Option } from "@commander-js/extra-typings";
import { resolve } from "node:path";
import { PLUGIN_TYPES } from "../plugin_files/contracts.ts";
import { servePlugin } from "../plugin_files/serve.ts";
import type { Plugins } from "../contracts/registry.ts";
import { folderLoader, loadFiles, pluginsOption, problemLines } from "./plugin_files.ts";
import { listPlugins, pluginTable } from "./plugin_list.ts";
import { writeNewPlugin } from "./plugin_new.ts";
import { harmlessValues } from "../base/foreign_text.ts";
import { printError, printJson, printLine, printText } from "./print.ts";

export function pluginCommand(builtIn: Plugins, version: string) {
  const command = new Command("plugin").description(
    "Targets, actions, options, resolvers and pipelines of your own.",
  );
  const subcommands = [
    checkCommand(builtIn),
    newCommand(builtIn),
    listCommand(builtIn, version),
  ];
  for (const each of subcommands) {
    command.addCommand(each.exitOverride().showHelpAfterError());
  }
  return command.addCommand(serveCommand(), { hidden: true });
}

function checkCommand(builtIn: Plugins) {
  return new Command("check")
    .description(
      "Say of plugin files whether they conform and, if not, what is wrong; exit 1 then.",
    )
    .argument("<file...>", "plugin files, *.ts or *.js; of a folder all that are plugins by name")
    .action(async (given) => {
      const { files } = await loadFiles(builtIn, given);
      for (const line of problemLines(files)) printLine(line);
      for (const { file, type, name, state } of files) {
        if (state === "loaded") printLine(`${file}: ${type} "${name}" conforms`);
      }
      if (files.some(({ state }) => state !== "loaded")) Deno.exitCode = 1;
    });
}

function newCommand(builtIn: Plugins) {
  return new Command("new")
    .description("Write a file to begin with, its test, and the types that editors need.")
    .addArgument(new Argument("<type>", "what it is to be").choices(PLUGIN_TYPES))
    .argument(
      "<name>",
      "kind of the target, e.g. myWire; Name of the action; field of the option; name-of-the-resolver or pipeline",
    )
    .option("--into <dir>", "folder to write to; made if it is not there", ".")
    .action(async (type, name, { into }) => {
      for (const file of await writeNewPlugin({ type, name, folder: resolve(into), builtIn })) {
        printLine(file);
      }
    });
}

function listCommand(builtIn: Plugins, version: string) {
  return new Command("list")
    .description(
      "Show all plugins: built-in ones and those of a folder, refused ones too; exit 1 then.",
    )
    .addOption(pluginsOption())
    .addOption(
      new Option("-o, --output <format>", "form of the output").choices(["text", "json"])
        .default("text"),
    )
    .action(async ({ plugins: folder, output }) => {
      const { files } = await folderLoader(builtIn, folder).load();
      const all = listPlugins({ builtIn, version, files });
      if (output === "json") printJson(all);
      else printText(pluginTable(harmlessValues(all)));
      for (const line of problemLines(files)) printError(line);
      if (files.some(({ state }) => state !== "loaded")) Deno.exitCode = 1;
    });
}

/** The hidden command that `plugin_files/relay.ts` starts as a child process. */
function serveCommand() {
  return new Command("serve")
    .argument("<token>", "what the answers begin with")
    .argument("<file>", "plugin file")
    .action((token, file) => servePlugin({ token, file }));
}
