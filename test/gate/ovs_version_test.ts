/** `scripts/test --ovs-version`, where the cache has the system's own Open vSwitch under different numbers. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { TESTED_OVS } from "../../core/base/ovs_versions.ts";
import { ROOT, script } from "../lab/paths.ts";
import { run, tryRun } from "../lab/run.ts";

const PROGRAMS = [
  "ovs-vswitchd",
  "ovsdb-server",
  "ovsdb-tool",
  "ovs-vsctl",
  "ovs-ofctl",
  "ovs-appctl",
];
const FILE = "test/lab/harness_test.ts";
const FILTER = "--filter=two Pods on a bridge with NORMAL";

/** A cache with this Deno, and in place of each version programs that write down their names and are the system's. */
class Cache implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async make(...versions: readonly string[]): Promise<Cache> {
    const cache = new Cache(await Deno.makeTempDir({ prefix: "slversion" }));
    const [, deno] = /^DENO_VERSION=(\S+)$/m.exec(await Deno.readTextFile(script("_env")))!;
    await Deno.mkdir(join(cache.folder, `deno-${deno}`));
    await Deno.symlink(Deno.execPath(), join(cache.folder, `deno-${deno}`, "deno"));
    for (const version of versions) await cache.#add(version);
    return cache;
  }

  async #add(version: string): Promise<void> {
    const folder = join(this.folder, `openvswitch-${version}`);
    await Deno.mkdir(join(folder, "bin"), { recursive: true });
    const schema = "/usr/share/openvswitch/vswitch.ovsschema";
    await Deno.copyFile(schema, join(folder, "vswitch.ovsschema"));
    for (const name of PROGRAMS) {
      const real = (await run("sh", ["-c", `command -v ${name}`], { env: SYSTEM })).trim();
      const text = `#!/bin/sh\necho ${name} >>${this.folder}/started\nexec ${real} "$@"\n`;
      await Deno.writeTextFile(join(folder, "bin", name), text, { mode: 0o755 });
    }
  }

  /** The programs that were started. */
  async started(): Promise<Set<string>> {
    const text = await Deno.readTextFile(join(this.folder, "started")).catch(() => "");
    return new Set(text.split("\n").filter(Boolean));
  }
  test(...args: string[]) {
    const env = { ...SYSTEM, SLUICE_CACHE: this.folder };
    return tryRun(script("test"), ["--quick", "--no-check", ...args, join(ROOT, FILE), FILTER], {
      env,
    });
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** These tests may themselves run on another Open vSwitch. The system's programs are in the last folders. */
const SYSTEM = {
  PATH: Deno.env.get("PATH")!.split(":").filter((each) => each !== Deno.env.get("SLUICE_OVS_BIN"))
    .join(":"),
  SLUICE_OVS_BIN: "",
  SLUICE_OVS_VERSION: "",
};
const version = (await run("ovs-vswitchd", ["--version"], { env: SYSTEM })).trim().split("\n")[0]!
  .split(" ").at(-1)!;
const own = version.split(".").slice(0, 2).join(".");
const [other] = Object.keys(TESTED_OVS).filter((each) => each !== own) as [string];

Deno.test("tests run on the Open vSwitch that is asked for, and their lines name the version that runs", async () => {
  assert.ok(own in TESTED_OVS, `the system has Open vSwitch ${version}, which is not in the table`);
  await using cache = await Cache.make(own);
  const { code, stdout, stderr } = await cache.test("--ovs-version", own);
  assert.equal(code, 0, stdout + stderr);
  const name = `${FILE} on Open vSwitch ${version}`;
  assert.ok(
    stdout.includes(`test: Open vSwitch ${version} runs, as its ovs-vswitchd says\n`),
    stdout,
  );
  assert.ok(stdout.includes(`  ${name}: 1 passed (`), stdout);
  assert.ok(stdout.endsWith("\n1 passed, 0 failed\n"), stdout);
  for (const program of PROGRAMS) assert.ok((await cache.started()).has(program), program);
});

Deno.test("tests do not run on another version than the one that is asked for, whatever its folder is called", async () => {
  await using cache = await Cache.make(other);
  const { code, stdout, stderr } = await cache.test(`--ovs-version=${other}`);
  assert.deepEqual([code, stdout], [1, "0 passed, 1 failed\n"], stderr);
  const said = `Cannot test on Open vSwitch ${other}: the ovs-vswitchd that runs is ${version}`;
  assert.ok(stderr.includes(said), stderr);
});
