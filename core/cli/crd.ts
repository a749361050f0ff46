/** `sluice crd`: the CustomResourceDefinition, with the loaded plugins' fields. @module */
import { Command } from "@commander-js/extra-typings";
import { crdYaml } from "../crd.ts";
import type { Plugins } from "../registry.ts";
import { loadAll, pluginsOption } from "./plugin_files.ts";

export function crdCommand(plugins: Plugins) {
  return new Command("crd")
    .description("Print the CRD: sluice crd | kubectl apply --server-side -f -")
    .addOption(pluginsOption())
    .action(async ({ plugins: folder }) => {
      console.log(crdYaml(await loadAll(plugins, folder)).trimEnd());
    });
}
