/** The programs of the API server, where they are built: scripts/_kubernetes. @module */
import { join } from "node:path";
import { script } from "../lab/paths.ts";
import { tryRun } from "../lab/run.ts";

/** The folder with the programs, as scripts/_kubernetes prints it; nothing if they are not built. */
const PROGRAMS = await (async () => {
  const { code, stdout } = await tryRun(script("_kubernetes"), []);
  return code === 0 ? stdout.trim() : undefined;
})();
/** Whether tests with an API server are skipped. In CI they are not: there they fail without one. */
export const SKIPPED = PROGRAMS === undefined && Deno.env.get("CI") !== "true";
if (SKIPPED) {
  console.error(
    "SKIPPED: what needs a real kube-apiserver. There is none: run scripts/setup --kubernetes",
  );
}

/** Path of a program. @throws {Error} If it is not built. */
export function program(name: "kube-apiserver" | "kubectl" | "etcd"): string {
  if (PROGRAMS === undefined) {
    throw new Error(`Cannot run "${name}": it is not built: run scripts/setup --kubernetes`);
  }
  return join(PROGRAMS, name);
}
