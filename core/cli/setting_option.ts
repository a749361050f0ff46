/** The options by which flags and variables of the environment give settings. @module */
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { SettingError, type SettingName, SETTINGS, variableOf } from "../agent/settings.ts";

/** Reads a text as the setting's own reader does. @throws {InvalidArgumentError} If it cannot be used. */
export function readSetting<Name extends SettingName>(
  name: Name,
  text: string,
): ReturnType<typeof SETTINGS[Name]> {
  try {
    return SETTINGS[name](text) as ReturnType<typeof SETTINGS[Name]>;
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    throw new InvalidArgumentError(error.message);
  }
}

/** An option that gives a setting, with its variable: `SLUICE_OVS_RUN_DIR` for `--ovs-run-dir`. */
export function settingOption<Name extends SettingName, const Flags extends string>(
  name: Name,
  flags: Flags,
  docs: string,
) {
  const option = new Option(flags, docs).env(variableOf(name))
    .argParser((text: string): ReturnType<typeof SETTINGS[Name]> => readSetting(name, text));
  option.negate = false; // "--no-traffic-after" does not switch off a setting "traffic-after"
  return option;
}

/** Makes variables with nothing in them absent: manifests set them so to mean that they are not used. */
export function forgetEmptyVariables(): void {
  for (const name of Object.keys(SETTINGS).map((name) => variableOf(name as SettingName))) {
    if (Deno.env.get(name) === "") Deno.env.delete(name);
  }
}
