/** The Suricata of the tests, where it is unpacked: scripts/_suricata. @module */
import { dirname, join } from "node:path";
import { script } from "../lab/paths.ts";
import { run, tryRun } from "../lab/run.ts";

/** The folder that has /usr of the packages, as scripts/_suricata prints it; nothing if there is none. */
const FOLDER = await (async () => {
  const { code, stdout } = await tryRun(script("_suricata"), []);
  return code === 0 ? stdout.trim() : undefined;
})();
/** Whether tests with Suricata are skipped. In CI they are not: there they fail without one. */
export const NO_SURICATA = FOLDER === undefined && Deno.env.get("CI") !== "true";
if (NO_SURICATA) {
  console.error("SKIPPED: what needs a real Suricata. There is none: run scripts/setup --suricata");
}

/** That folder. @throws {Error} If there is none. */
export function suricataFolder(): string {
  if (FOLDER !== undefined) return FOLDER;
  throw new Error("Cannot run Suricata: it is not there: run scripts/setup --suricata");
}

/** The variables with which a program finds it and its libraries there. */
export async function suricataEnvironment(): Promise<Readonly<Record<string, string>>> {
  const folder = suricataFolder();
  const libraries = (await run("find", [folder, "-name", "*.so.*"])).trim().split("\n");
  return {
    PATH: `${join(folder, "usr/bin")}:/usr/bin:/bin`,
    LD_LIBRARY_PATH: [...new Set(libraries.map((file) => dirname(file)))].join(":"),
  };
}
