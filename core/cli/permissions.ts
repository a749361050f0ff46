/** What each command may do: the rest of the program's permissions is given up before it begins. @module */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** As Deno knows them; its types leave `import` out. */
type Permission = Deno.PermissionName | "import";

const ALL: readonly Permission[] = ["read", "write", "net", "env", "sys", "run", "ffi", "import"];

/** A command that is not here keeps all. */
const NEEDS: Readonly<Record<string, readonly Permission[]>> = {
  // `run`: plugins are tried in a child process, and a kubeconfig may name a program that gives the credentials.
  agent: ["read", "write", "net", "env", "sys", "run"],
  // Unix sockets are files to Deno: they are read and written.
  plan: ["read", "write", "net", "env", "sys", "run"],
  cleanup: ["read", "write", "net", "env"],
  status: ["net", "env"],
  validate: ["read", "env", "run"],
  crd: ["read", "env", "run"],
  version: [],
  check: ["read", "env", "run"],
  list: ["read", "env", "run"],
  new: ["read", "write", "env"],
  // What strangers wrote is tried here.
  trial: ["read", "env"],
};

/** For commands that are given no plugins: nothing else of theirs starts a process. */
const RUNS_FOR_PLUGINS_ONLY = ["plan", "validate", "crd", "list"];

export function giveUpPermissions(command: CommandUnknownOpts): void {
  const name = command.name();
  const needs = NEEDS[name] ?? ALL;
  const needsRun = !RUNS_FOR_PLUGINS_ONLY.includes(name) || "plugins" in command.opts();
  for (const permission of ALL) {
    if (needs.includes(permission) && (permission !== "run" || needsRun)) continue;
    Deno.permissions.revokeSync({ name: permission } as Deno.PermissionDescriptor);
  }
}
