/** Runs Helm with the chart in `deploy/helm`. @module */
import { join } from "node:path";
import { stringify } from "yaml";
import { NAMESPACE, parseObjects } from "./deployed.ts";
import { DEPLOY, script } from "../lab/paths.ts";
import type { Object } from "../binary/container.ts";
import { type Ran, tryRun } from "../lab/run.ts";

export const CHART = join(DEPLOY, "helm/sluice");
const RELEASE = "sluice";

/** Path of the program, as scripts/_helm prints it; nothing if Helm is not built. */
const PROGRAM = await (async () => {
  const { code, stdout } = await tryRun(script("_helm"), []);
  return code === 0 ? stdout.trim() : undefined;
})();
/** Whether tests of the chart are skipped. In CI they are not: there they fail without Helm. */
export const NO_HELM = PROGRAM === undefined && Deno.env.get("CI") !== "true";
if (NO_HELM) {
  console.error(
    "SKIPPED: tests of the Helm chart. There is no Helm: run scripts/setup --kubernetes",
  );
}

/** Path of Helm's program. @throws {Error} If it is not built. */
export function helmProgram(): string {
  if (PROGRAM !== undefined) return PROGRAM;
  throw new Error("Cannot run helm: it is not built: run scripts/setup --kubernetes");
}

/**
 * Runs Helm in the agent's Namespace, with a home folder of its own.
 *
 * @param options `values` override `values.yaml`; without `kubeconfig`, Helm reaches no cluster.
 */
export async function helm(
  args: readonly string[],
  options: { readonly values?: object; readonly kubeconfig?: string } = {},
): Promise<Ran> {
  const { values, kubeconfig = "/dev/null" } = options;
  const home = await Deno.makeTempDir({ prefix: "slhelm" });
  try {
    const env = {
      KUBECONFIG: kubeconfig,
      HOME: home,
      HELM_CACHE_HOME: home,
      HELM_CONFIG_HOME: home,
      HELM_DATA_HOME: home,
    };
    const all = [...args, `--namespace=${NAMESPACE}`, ...(values ? ["--values=-"] : [])];
    return await tryRun(helmProgram(), all, { env, ...(values && { stdin: stringify(values) }) });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** Runs Helm. @returns What it has written to stdout. @throws {Error} If its exit code is not 0. */
export async function mustHelm(...given: Parameters<typeof helm>): Promise<string> {
  const { code, stdout, stderr } = await helm(...given);
  if (code === 0) return stdout;
  throw new Error(`Cannot run "helm ${given[0].join(" ")}": exit code ${code}\n${stderr}${stdout}`);
}

/** The objects that the chart makes with these values. */
export async function template(values: object = {}): Promise<Object[]> {
  return parseObjects(await mustHelm(["template", RELEASE, CHART], { values }));
}
