/** Writes the files that the author of a new plugin begins with: the plugin, its test, the types. @module */
import { join } from "node:path";
import types from "../../docs/plugins/sluice.d.ts" with { type: "text" };
import { TerminalError } from "../base/errors.ts";
import type { PluginType } from "../plugin_files/contracts.ts";
import type { Plugins } from "../contracts/registry.ts";
import { annotationOf } from "../objects/forms.ts";
import action from "./templates/action.txt" with { type: "text" };
import actionTest from "./templates/action_test.txt" with { type: "text" };
import option from "./templates/option.txt" with { type: "text" };
import optionTest from "./templates/option_test.txt" with { type: "text" };
import pipeline from "./templates/pipeline.txt" with { type: "text" };
import pipelineTest from "./templates/pipeline_test.txt" with { type: "text" };
import resolver from "./templates/resolver.txt" with { type: "text" };
import resolverTest from "./templates/resolver_test.txt" with { type: "text" };
import target from "./templates/target.txt" with { type: "text" };
import targetTest from "./templates/target_test.txt" with { type: "text" };

interface Template {
  readonly plugin: string;
  readonly test: string;
  /** The pattern of valid names. */
  readonly names: RegExp;
  /** An example of a valid name. */
  readonly like: string;
  readonly list: "targets" | "actions" | "options" | "resolvers" | "pipelines";
}
const TEMPLATES: Readonly<Record<PluginType, Template>> = {
  target: {
    plugin: target,
    test: targetTest,
    names: /^[a-z][a-zA-Z0-9]*$/,
    like: "myWire",
    list: "targets",
  },
  action: {
    plugin: action,
    test: actionTest,
    names: /^([A-Z][a-z0-9]*)+$/,
    like: "Quarantine",
    list: "actions",
  },
  option: {
    plugin: option,
    test: optionTest,
    names: /^[a-z][a-zA-Z0-9]*$/,
    like: "caseNumber",
    list: "options",
  },
  resolver: {
    plugin: resolver,
    test: resolverTest,
    names: /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
    like: "my-cni",
    list: "resolvers",
  },
  pipeline: {
    plugin: pipeline,
    test: pipelineTest,
    names: /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
    like: "my-pipeline",
    list: "pipelines",
  },
};

/** The version of TypeBox that the types name. It is read on use: before `deno task gen` has run, they name none. */
const typeboxVersion = () => /npm:typebox@([0-9.]+)/.exec(types)![1]!;

export interface NewPlugin {
  readonly type: PluginType;
  readonly name: string;
  /** The folder to write to. It is made if it does not exist. */
  readonly folder: string;
  readonly builtIn: Plugins;
}

/**
 * @returns The files that were written.
 * @throws {TerminalError} If the name is not valid or is taken, or if one of the files exists already.
 */
export async function writeNewPlugin({ type, name, folder, builtIn }: NewPlugin) {
  const template = TEMPLATES[type];
  const state = template.names.test(name)
    ? builtIn[template.list].has(name) ? "it is built in" : undefined
    : `names of ${type}s look like "${template.like}"`;
  if (state) throw new TerminalError(`Cannot make ${type} "${name}": ${state}`);
  const file = name.replace(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).replaceAll("-", "_")
    .toLowerCase();
  const filled = (text: string) =>
    text.replaceAll("{{name}}", name).replaceAll("{{file}}", file)
      .replaceAll("{{annotation}}", annotationOf(name))
      .replaceAll("{{typebox}}", typeboxVersion());
  await Deno.mkdir(folder, { recursive: true });
  const written = [join(folder, `${file}.ts`), join(folder, `${file}_test.ts`)];
  await writeNew(written[0]!, filled(template.plugin));
  await writeNew(written[1]!, filled(template.test));
  const typesFile = join(folder, "sluice.d.ts");
  await Deno.writeTextFile(typesFile, types);
  return [...written, typesFile];
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await Deno.writeTextFile(file, text, { createNew: true });
  } catch (cause) {
    const state = cause instanceof Deno.errors.AlreadyExists
      ? "it is there already"
      : (cause as Error).message;
    throw new TerminalError(`Cannot write file "${file}": ${state}`, { cause });
  }
}
