/** `--resolver`, as every command takes it that finds the ports of Pods. @module */
import { TerminalError } from "../base/errors.ts";
import type { Resolver } from "../contracts/mod.ts";
import type { Plugins } from "../contracts/registry.ts";
import { settingOption } from "./setting_option.ts";

export function resolverOption() {
  return settingOption(
    "resolver",
    "--resolver <name>",
    "how a Pod's port is found; by default the first that finds it",
  );
}

/**
 * The resolver of that name alone; without a name all of them.
 *
 * @throws {TerminalError} If there is none of that name.
 */
export function resolversOf(name: string | undefined, { resolvers }: Plugins): Resolver[] {
  if (name === undefined) return [...resolvers.values()];
  const resolver = resolvers.get(name);
  if (resolver) return [resolver];
  const known = [...resolvers.keys()].join(", ");
  throw new TerminalError(`Cannot use resolver "${name}": not one of ${known}`);
}
