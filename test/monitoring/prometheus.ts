/** The Prometheus of the tests, where it is unpacked: scripts/_prometheus. @module */
import { join } from "node:path";
import { type Answer, get } from "../lab/http.ts";
import { ownFolder } from "../lab/leftovers.ts";
import { eventually } from "../lab/ovs.ts";
import { DEPLOY, script } from "../lab/paths.ts";
import { type Ran, run, spawnIn, tryRun } from "../lab/run.ts";

export const MONITORING = join(DEPLOY, "monitoring");
const LISTEN = "127.0.0.1:19090";
/** Milliseconds. */
const START_TIMEOUT = 30_000;

/** The folder of both programs, as scripts/_prometheus prints it; nothing if there is none. */
const FOLDER = await (async () => {
  const { code, stdout } = await tryRun(script("_prometheus"), []);
  return code === 0 ? stdout.trim() : undefined;
})();
/** Whether tests with Prometheus are skipped. In CI they are not: there they fail without one. */
export const NO_PROMETHEUS = FOLDER === undefined && Deno.env.get("CI") !== "true";
if (NO_PROMETHEUS) {
  console.error(
    "SKIPPED: what needs a real Prometheus. There is none: run scripts/setup --prometheus",
  );
}

function program(name: "prometheus" | "promtool"): string {
  if (FOLDER !== undefined) return join(FOLDER, name);
  throw new Error(`Cannot run "${name}": it is not there: run scripts/setup --prometheus`);
}

/** Runs promtool in the folder of the rules. */
export function promtool(...args: readonly string[]): Promise<Ran> {
  return tryRun(program("promtool"), args, { cwd: MONITORING });
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** A Prometheus with the configuration of deploy/monitoring, which asks each second instead of every 15. */
export class Prometheus implements AsyncDisposable {
  readonly #netns: string;
  readonly #folder: string;
  readonly #child: Deno.ChildProcess;

  private constructor(netns: string, folder: string) {
    this.#netns = netns;
    this.#folder = folder;
    this.#child = spawnIn(netns, [
      program("prometheus"),
      `--config.file=${join(folder, "prometheus.yaml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${LISTEN}`,
    ], { stderr: "null" });
  }

  static async start(netns: string): Promise<Prometheus> {
    const folder = await ownFolder();
    const text = await Deno.readTextFile(join(MONITORING, "prometheus.yaml"));
    const often = text.replace(
      "scrape_interval: 15s",
      "scrape_interval: 1s\n  evaluation_interval: 1s",
    );
    await Deno.writeTextFile(join(folder, "prometheus.yaml"), often);
    await Deno.copyFile(join(MONITORING, "alerts.yaml"), join(folder, "alerts.yaml"));
    const started = new Prometheus(netns, folder);
    const isReady = async () => (await started.#get("/-/ready")).status === 200;
    await eventually("Prometheus ready", isReady, START_TIMEOUT);
    return started;
  }

  #get(path: string): Promise<Answer> {
    return get(this.#netns, `http://${LISTEN}${path}`);
  }

  /** What it answers. @throws {Error} If it refuses the request: the message has its reason. */
  async api(path: string): Promise<{ readonly [field: string]: unknown }> {
    const { text } = await this.#get(`/api/v1/${path}`);
    const answer = JSON.parse(text);
    if (answer.status === "success") return answer.data;
    throw new Error(`Cannot ask Prometheus for "${path}": ${text}`);
  }

  /** The samples of an expression now. @throws {Error} If it is not valid. */
  async query(expression: string): Promise<readonly Sample[]> {
    const data = await this.api(`query?query=${encodeURIComponent(expression)}`);
    return data.result as readonly Sample[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
    await run("rm", ["-rf", this.#folder]);
  }
}
