/** The one file that scripts/build makes, built for tests. @module */
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

  static async build(): Promise<Built> {
    // Not in /tmp, on which tests mount other things. The name has a space on purpose.
    const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "sl binary " });
    await Deno.chmod(folder, 0o755);
    const built = new Built(folder);
    await run(...polite(script("build"), "--output", built.binary));
    return built;
  }

  /** Where nothing has been unpacked yet. */
  cache(name: string): string {
    return join(this.folder, name);
  }

  /** Everything else of the environment is empty. */
  run(cache: string, ...args: readonly string[]): Promise<Ran> {
    return bare([this.binary, ...args], { SLUICE_CACHE: cache });
  }

  /** The one folder in a cache. */
  async unpackedIn(cache: string): Promise<string> {
    const names = (await Array.fromAsync(Deno.readDir(cache))).map(({ name }) => name);
    assert.equal(names.length, 1, names.join());
    return join(cache, names[0]!);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Takes no time from the tests beside it, which wait for packets. */
function polite(...command: string[]): [string, string[]] {
  return ["nice", ["-n", "19", ...command]];
}

/** With no environment but this one: no HOME, no PATH. */
export function bare(command: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return tryRun(...polite("env", "-i", ...variables, ...command), { cwd: "/" });
}

/** Runs lines of shell with mounts of their own; `$1`, `$2` and so on are the arguments. */
export function withMounts(script: string, ...args: readonly string[]): Promise<Ran> {
  const unshare = ["unshare", "-m", "--propagation", "private"];
  return tryRun(...polite(...unshare, "sh", "-ec", script, "sh", ...args), { cwd: "/" });
}

/** Where it looks for what is unpacked already, if nothing else is said: empty, whatever the machine has there. */
const UNUSED = `
  for folder in /var/cache /run /tmp; do mount -t tmpfs -o mode=755 tmpfs "$folder"; done
  exec "$@"`;

/** As the user nobody, with no environment but this one, and where nobody has run it before. */
export function asNobody(
  command: readonly string[],
  env: Record<string, string> = {},
): Promise<Ran> {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  return withMounts(UNUSED, "env", "-i", ...variables, ...user, ...command);
}
