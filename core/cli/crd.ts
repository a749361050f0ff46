/** `sluice crd`: the CustomResourceDefinition, with the loaded plugins' fields. @module */
import { Command } from "@commander-js/extra-typings";
import { crdYaml } from "../crd.ts";
import type { Plugins } from "./plugins.ts";

export function crdCommand(plugins: Plugins) {
  return new Command("crd")
    .description("Print the CRD: sluice crd | kubectl apply --server-side -f -")
    .action(() => console.log(crdYaml(plugins).trimEnd()));
}
