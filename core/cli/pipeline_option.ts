/** `--pipeline`, as every command takes it that works with flows. @module */
import type { PipelineChoice } from "../agent/pipeline_choice.ts";
import type { Plugins } from "../contracts/registry.ts";
import { readSetting, settingOption } from "./setting_option.ts";

/** Those of plugin files are not known before the files are loaded. */
export function pipelineOption({ pipelines }: Plugins) {
  const option = settingOption(
    "pipeline",
    "--pipeline <name>",
    "how flows are written, a plugin file's name, too; by default the first that fits the bridge",
  );
  return option.choices([...pipelines.keys()]).argParser((name) => readSetting("pipeline", name));
}

/** @param plugins The built-in ones and those of files. */
export function pipelineChoice(
  { pipelines }: Plugins,
  builtIn: Plugins,
  named: string | undefined,
): PipelineChoice {
  return { pipelines, isBuiltIn: (name) => builtIn.pipelines.has(name), named };
}
