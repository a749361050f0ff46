/** Which versions of Open vSwitch scripts/test gives to the runner: with programs and a cache that only pretend. */
import "../../test/lab/environment.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { TESTED_OVS } from "../../core/base/ovs_versions.ts";
import { ROOT, script } from "../../test/lab/paths.ts";
import { tryRun } from "../../test/lab/run.ts";

/** The value in scripts/_env, or the version of a module in a go.mod. */
async function versionIn(file: string, pattern: RegExp): Promise<string> {
  return pattern.exec(await Deno.readTextFile(join(ROOT, file)))![1]!;
}

async function write(path: string, body: string): Promise<void> {
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await Deno.writeTextFile(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}

/** A cache that has all, and a system with this Open vSwitch. Its Deno only prints what it should run. */
async function pretend(folder: string, system: string): Promise<Record<string, string>> {
  const deno = join(folder, `deno-${await versionIn("scripts/_env", /^DENO_VERSION=(\S+)$/m)}`);
  await write(join(deno, "deno"), 'echo "deno $*"');
  await write(join(deno, "id"), "echo 0");
  await write(join(deno, "ovs-vswitchd"), `echo "ovs-vswitchd (Open vSwitch) ${system}"`);
  const helm = await versionIn("test/kubernetes/helm/go.mod", /^\s*helm\.sh\/helm\/v3 v(\S+)/m);
  await write(join(folder, `helm-${helm}`), "");
  const etcd = await versionIn("scripts/_env", /^OLD_ETCD_VERSION=(\S+)$/m);
  await write(join(folder, `etcd-${etcd}`, "etcd"), "");
  const assets = join(folder, "assets");
  for (const program of ["kube-apiserver", "kubectl", "etcd"]) {
    await write(join(assets, program), "");
  }
  for (const version of Object.keys(TESTED_OVS)) {
    await Deno.mkdir(join(folder, `openvswitch-${version}`));
  }
  return { SLUICE_CACHE: folder, KUBEBUILDER_ASSETS: assets };
}

/** What the runner gets from scripts/test. */
async function given(system: string, ci: string, ...args: string[]): Promise<string[]> {
  const folder = await Deno.makeTempDir({ prefix: "slmatrix" });
  try {
    const env = { ...await pretend(folder, system), CI: ci };
    const { stdout, stderr } = await tryRun(script("test"), args, { env });
    const [, words] = /^deno run .*\/main\.ts (.*)$/m.exec(stdout) ?? [];
    assert.ok(words, stdout + stderr);
    return words.split(" ").filter((word) => /version|matrix/.test(word));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test.each<[string, string, string[], string[]]>([
  ["3.1.0", "true", [], ["--matrix=3.5", "--matrix=4.0"]],
  ["3.5.2", "true", [], ["--matrix=3.1", "--matrix=4.0"]],
  ["3.3.0", "true", [], ["--matrix=3.1", "--matrix=3.5", "--matrix=4.0"]],
  ["3.1.0", "", [], []],
  ["3.1.0", "true", ["--quick"], []],
  ["3.1.0", "true", ["--long"], []],
  ["3.1.0", "true", ["core/build.ts"], []],
  ["3.1.0", "true", ["--ovs-version", "4.0"], ["--ovs-version=4.0"]],
  ["3.1.0", "", ["--ovs-version=3.1", "--quick"], ["--ovs-version=3.1"]],
])(
  "a system with Open vSwitch %s and CI=%o: scripts/test %j gives the runner %j",
  async (system, ci, args, versions) =>
    assert.deepEqual(await given(system, ci, ...args), versions),
);
