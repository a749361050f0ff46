/** Builds the binary by scripts/build, and runs it. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { EXAMPLES, script } from "../lab/paths.ts";
import { type Ran, run, tryRun } from "../lab/run.ts";

/**
 * Makes a folder that every user can read. Tests mount other file systems on /tmp, so it is not there. The space in its
 * name is on purpose.
 */
export async function makeRoom(): Promise<string> {
  const room = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "sl binary " });
  await Deno.chmod(room, 0o755);
  return room;
}

/** A folder with the binary, built from this checkout, and room for caches. */
export class Built implements AsyncDisposable {
  readonly binary: string;
  /** A copy of the examples: tests may mount over the checkout, or run as a user that cannot read it. */
  readonly examples: string;
  /** A command that is right, and takes little time. */
  readonly validate: readonly string[];

  private constructor(readonly folder: string) {
    this.binary = join(folder, "sluice");
    this.examples = join(folder, "examples");
    this.validate = ["validate", "-f", this.examples];
  }

  /** Builds the binary. */
  static async build(): Promise<Built> {
    const built = new Built(await makeRoom());
    await run(...polite(script("build"), "--output", built.binary));
    await run("cp", ["-r", EXAMPLES, built.examples]);
    await run("chmod", ["-R", "a+rX", built.examples]);
    await built.run(built.warm, "version");
    return built;
  }

  /** Unpacked once, for what does not look at the unpacking. */
  get warm(): string {
    return this.cache("warm");
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

const VALID = /^\d+ objects, no problems\n$/;

/** It does what `validate` asks for. */
export async function assertWorks(ran: ReturnType<typeof tryRun>): Promise<void> {
  const { code, stdout, stderr } = await ran;
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, VALID);
}
/** It finds no folder to unpack itself into. */
export async function assertRefuses(ran: ReturnType<typeof tryRun>, reason: RegExp): Promise<void> {
  const { code, stdout, stderr } = await ran;
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /^sluice: Cannot unpack .*: there is no folder for it; set SLUICE_CACHE/);
  assert.match(stderr, reason);
}

/** Files alone. */
export async function namesIn(folder: string): Promise<string[]> {
  const files = await Array.fromAsync(Deno.readDir(folder));
  return files.filter(({ isFile }) => isFile).map(({ name }) => name).sort();
}
