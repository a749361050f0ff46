/** Which permissions of Deno each command keeps. The program gives up the others before the command begins. @module */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** The names of Deno's permissions. Deno's own type lacks `import`. */
type Permission = Deno.PermissionName | "import";

const ALL: readonly Permission[] = ["read", "write", "net", "env", "sys", "run", "ffi", "import"];

/**
 * The permissions that each command needs. A command that is not listed keeps all: `agent`, `plan` and `doctor` read
 * network devices in /sys, which Deno allows only to a process with all permissions
 * (docs/decisions/011-permissions-of-the-binary.md).
 */
const NEEDS: Readonly<Record<string, readonly Permission[]>> = {
  // Deno treats a unix socket as a file that is read and written.
  cleanup: ["read", "write", "net", "env"],
  // The token of the local API, and the files of the page and of a kubeconfig, whose plugins are run.
  status: ["read", "net", "env"],
  web: ["read", "net", "env", "run"],
  trace: ["read", "write", "net", "env", "run"],
  top: ["read", "net", "env"],
  explain: ["read", "net", "env"],
  capture: ["read", "write", "net", "env"],
  // Packet sockets are functions of libc.
  sensor: ["ffi"],
  version: [],
  completions: [],
  __complete: [],
  // `run` starts the child process in which plugins run.
  validate: ["read", "env", "run"],
  crd: ["read", "env", "run"],
  check: ["read", "env", "run"],
  list: ["read", "env", "run"],
  new: ["read", "write", "env"],
  // The child process: it runs a plugin file.
  serve: ["read", "env"],
};

/** What `status --cluster` needs besides: a kubeconfig, and the program that it may name for a login. */
const FOR_CLUSTER: readonly Permission[] = ["read", "run"];

/** Commands that start a child process only if they are given plugins. */
const RUNS_FOR_PLUGINS: readonly string[] = ["validate", "crd", "list", "trace"];

export function giveUpPermissions(command: CommandUnknownOpts): void {
  const name = command.name();
  const needs = new Set(NEEDS[name] ?? ALL);
  if (RUNS_FOR_PLUGINS.includes(name) && !("plugins" in command.opts())) needs.delete("run");
  if (name === "status" && "cluster" in command.opts()) {
    FOR_CLUSTER.forEach((each) => needs.add(each));
  }
  for (const permission of ALL.filter((each) => !needs.has(each))) {
    Deno.permissions.revokeSync({ name: permission } as Deno.PermissionDescriptor);
  }
}
