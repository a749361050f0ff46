/** `--pipeline`, as every command takes it that works with flows. @module */
import { Option } from "@commander-js/extra-typings";
import type { PipelineChoice } from "../agent/pipeline_choice.ts";
import type { Plugins } from "../contracts/registry.ts";

/** Those of plugin files are not known before the files are loaded. */
export function pipelineOption({ pipelines }: Plugins) {
  return new Option(
    "--pipeline <name>",
    "how flows are written, a plugin file's name, too; by default the first that fits the bridge",
  ).choices([...pipelines.keys()]).argParser((name) => name).env("SLUICE_PIPELINE");
}

/** @param plugins The built-in ones and those of files. */
export function pipelineChoice(
  { pipelines }: Plugins,
  builtIn: Plugins,
  named: string | undefined,
): PipelineChoice {
  return { pipelines, isBuiltIn: (name) => builtIn.pipelines.has(name), named };
}
