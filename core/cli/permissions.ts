/** What each command may do: the rest of the program's permissions is given up before it begins. @module */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** As Deno knows them; its types leave `import` out. */
type Permission = Deno.PermissionName | "import";

const ALL: readonly Permission[] = ["read", "write", "net", "env", "sys", "run", "ffi", "import"];

/**
 * A command that is not here keeps all: the agent, and what looks at the node as it does. Deno shows /sys, where the
 * network devices are, only to those who may do everything (docs/decisions/011-permissions-of-the-binary.md).
 */
const NEEDS: Readonly<Record<string, readonly Permission[]>> = {
  // Unix sockets are files to Deno: they are read and written.
  cleanup: ["read", "write", "net", "env"],
  status: ["net", "env"],
  version: [],
  completions: [],
  __complete: [],
  // Plugins are tried in a child process: `run`.
  validate: ["read", "env", "run"],
  crd: ["read", "env", "run"],
  check: ["read", "env", "run"],
  list: ["read", "env", "run"],
  new: ["read", "write", "env"],
  // What strangers wrote is tried here.
  trial: ["read", "env"],
};

/** Those that start a process only if they are given plugins. */
const RUNS_FOR_PLUGINS: readonly string[] = ["validate", "crd", "list"];

export function giveUpPermissions(command: CommandUnknownOpts): void {
  const name = command.name();
  const needs = new Set(NEEDS[name] ?? ALL);
  if (RUNS_FOR_PLUGINS.includes(name) && !("plugins" in command.opts())) needs.delete("run");
  for (const permission of ALL.filter((each) => !needs.has(each))) {
    Deno.permissions.revokeSync({ name: permission } as Deno.PermissionDescriptor);
  }
}
