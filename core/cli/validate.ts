/** `sluice validate`: every problem in manifests, at once. @module */
import { Command, Option } from "@commander-js/extra-typings";
import { collect, reportProblems, validateFiles } from "./files.ts";
import type { Plugins } from "./plugins.ts";

export function validateCommand(plugins: Plugins) {
  return new Command("validate")
    .description("Report every problem in manifests as file:line: path: message; exit 1 if any.")
    .addOption(
      new Option("-f, --file <path>", "a manifest or a folder of manifests; may be given again")
        .argParser(collect).default([] as readonly string[]).makeOptionMandatory(),
    )
    .action(async ({ file }) => reportProblems(await validateFiles(file, plugins)));
}
