/** Builds the binary by scripts/build, and runs it. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { script } from "../lab/paths.ts";
import { type Ran, run, tryRun } from "../lab/run.ts";

/** A folder with the binary, built from this checkout, and room for caches. */
export class Built implements AsyncDisposable {
  readonly binary: string;

  private constructor(readonly folder: string) {
    this.binary = join(folder, "sluice");
  }

  /** Builds the binary. */
  static async build(): Promise<Built> {
    // Tests mount other file systems on /tmp, so it is not there. The space in the name is on purpose.
    const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "sl binary " });
    await Deno.chmod(folder, 0o755);
    const built = new Built(folder);
    await run(...polite(script("build"), "--output", built.binary));
    return built;
  }

  /** Path of a cache folder. A folder with a new name does not exist yet. */
  cache(name: string): string {
    return join(this.folder, name);
  }

  /** Runs the binary. Its environment has SLUICE_CACHE and nothing else. */
  run(cache: string, ...args: readonly string[]): Promise<Ran> {
    return bare([this.binary, ...args], { SLUICE_CACHE: cache });
  }

  /** Path of the only folder in a cache. */
  async unpackedIn(cache: string): Promise<string> {
    const names = (await Array.fromAsync(Deno.readDir(cache))).map(({ name }) => name);
    assert.equal(names.length, 1, names.join());
    return join(cache, names[0]!);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Runs a command with low priority, because tests that run at the same time wait for packets. */
function polite(...command: string[]): [string, string[]] {
  return ["nice", ["-n", "19", ...command]];
}

/** Runs a command with exactly this environment: without HOME and PATH. */
export function bare(command: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return tryRun(...polite("env", "-i", ...variables, ...command), { cwd: "/" });
}

/** Runs a shell script whose mounts no other process sees. `$1`, `$2` and so on are the arguments. */
export function withMounts(script: string, ...args: readonly string[]): Promise<Ran> {
  const unshare = ["unshare", "-m", "--propagation", "private"];
  return tryRun(...polite(...unshare, "sh", "-ec", script, "sh", ...args), { cwd: "/" });
}

/** Hides the folders in which an earlier run of the binary may have left something. */
const UNUSED = `
  for folder in /var/cache /run /tmp; do mount -t tmpfs -o mode=755 tmpfs "$folder"; done
  exec "$@"`;

/** Runs a command as the user `nobody`, with exactly this environment, and without traces of earlier runs. */
export function asNobody(
  command: readonly string[],
  env: Record<string, string> = {},
): Promise<Ran> {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  return withMounts(UNUSED, "env", "-i", ...variables, ...user, ...command);
}
