/** `sluice validate`: reports every problem in manifests. @module */
import { Command, Option } from "@commander-js/extra-typings";
import { collect, reportProblems, validateFiles } from "./files.ts";
import { bridgeOption } from "./options.ts";
import { takenPorts } from "./taken_ports.ts";
import type { Plugins } from "../contracts/registry.ts";
import { loadAll, pluginsOption } from "./plugin_files.ts";

export function validateCommand(plugins: Plugins) {
  return new Command("validate")
    .description(
      "Report problems and warnings in manifests as file:line: path: message; exit 1 for problems.",
    )
    .addOption(
      new Option("-f, --file <path>", "a manifest or a folder of manifests; may be given again")
        .argParser(collect).default([] as readonly string[]).makeOptionMandatory(),
    )
    .addOption(bridgeOption())
    .addOption(pluginsOption())
    .action(async ({ file, bridge, plugins: folder }) => {
      const { objects, problems } = await validateFiles(file, await loadAll(plugins, folder));
      reportProblems({ objects, problems: [...problems, ...takenPorts(objects, bridge)] });
    });
}
