/** What is said while the programs of the tests are built: by scripts/_helm, with a `go` that only waits. */
import "../test/lab/environment.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

const HELM = join(import.meta.dirname!, "_helm");
/** Waits, and writes the file that `-o` names. */
const GOOD = `#!/bin/sh
echo "go: downloading something"
sleep 1.5
while [ "$1" != -o ]; do shift; done
echo program >"$2" && chmod +x "$2"
`;
const BAD = `#!/bin/sh
echo "main.go:1: wrong"
exit 3
`;

async function build(go: string) {
  const folder = await Deno.makeTempDir({ prefix: "sltold" });
  try {
    await Deno.writeTextFile(join(folder, "go"), go, { mode: 0o755 });
    const env = {
      SLUICE_CACHE: join(folder, "cache"),
      PATH: `${folder}:${Deno.env.get("PATH")}`,
      TOLD_EVERY: "1",
    };
    const { code, stdout, stderr } = await new Deno.Command(HELM, { args: ["--build"], env })
      .output();
    const left = await Array.fromAsync(Deno.readDir(env.SLUICE_CACHE), ({ name }) => name);
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr), left };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a build says what it builds, what for, how long it takes, and that it goes on", async () => {
  const { code, stdout, stderr, left } = await build(GOOD);
  const [name] = left.filter((file) => !file.endsWith(".lock"));
  assert.match(stdout, new RegExp(`/cache/${name}\n$`));
  assert.match(
    stderr,
    /^setup: building helm [\d.]+, for the tests of the chart \(once; 1 to 2 minutes .*\)\n/,
  );
  assert.match(stderr, /setup: still building helm .*: for \d s\n(.*\n)*setup: done after \d s\n$/);
  assert.deepEqual([code, stderr.includes("downloading"), left.length], [0, false, 2]);
});

Deno.test("a build that fails shows what it printed, and leaves nothing", async () => {
  const { code, stderr, left } = await build(BAD);
  assert.equal(code, 3);
  assert.match(stderr, /\nmain\.go:1: wrong\nsetup: failed with exit code 3: building helm/);
  assert.ok(left.every((file) => file.endsWith(".lock")), left.join());
});
