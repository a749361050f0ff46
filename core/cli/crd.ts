/** `sluice crd`: prints the CustomResourceDefinitions, with the fields of the loaded plugins. @module */
import { Command } from "@commander-js/extra-typings";
import { crdYaml } from "../crd/traffic_control_crd.ts";
import { nodeStatusCrdYaml } from "../crd/node_status_crd.ts";
import type { Plugins } from "../contracts/registry.ts";
import { loadAll, pluginsOption } from "./plugin_files.ts";

export function crdCommand(plugins: Plugins) {
  return new Command("crd")
    .description("Print the CRDs: sluice crd | kubectl apply --server-side -f -")
    .addOption(pluginsOption())
    .action(async ({ plugins: folder }) => {
      const all = await loadAll(plugins, folder);
      console.log(`${crdYaml(all)}---\n${nodeStatusCrdYaml().trimEnd()}`);
    });
}
