/** What scripts/build makes: the same of one commit anywhere, and for other machines. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { ROOT, script } from "../lab/paths.ts";
import { run, tryRun } from "../lab/run.ts";
import { bare, makeRoom } from "./binary.ts";

const room = await makeRoom();
Deno.test.afterAll(() => Deno.remove(room, { recursive: true }));

Deno.test("two checkouts of one commit give the same bytes", async () => {
  const build = async (folder: string, umask: string, zone: string) => {
    const checkout = join(room, folder);
    await run("git", ["clone", "--quiet", "--no-hardlinks", ROOT, checkout]);
    const output = join(room, `${dirname(folder)}.out`);
    await run("sh", ["-c", `umask ${umask}; exec scripts/build --output "$1"`, "sh", output], {
      cwd: checkout,
      env: { TZ: zone },
    });
    return (await run("sha256sum", [output])).split(" ")[0];
  };
  assert.equal(await build("a/b/c", "077", "UTC"), await build("x y/z", "002", "Asia/Tokyo"));
});

/** `e_machine` of an ELF file. */
const EM_AARCH64 = 183;
const E_MACHINE_OFFSET = 18;

Deno.test("a binary for aarch64 has the runtime of that machine", async () => {
  const binary = join(room, "arm");
  await run(script("build"), ["--target", "aarch64", "--output", binary]);
  const firstPart = `
    entry=$(sed -n "s/^packed='//p" "$1"); rest=\${entry#*:*:}
    tail -c "\${rest%:*}" "$1" | head -c "\${rest#*:}" | gzip -dc`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", firstPart, "sh", binary] })
    .output();
  assert.equal(new TextDecoder().decode(stdout.subarray(1, 4)), "ELF");
  assert.equal(stdout[E_MACHINE_OFFSET], EM_AARCH64);
  const { code, stderr } = await bare([binary, "version"], {
    SLUICE_CACHE: join(room, "arm cache"),
  });
  assert.equal(code, 1);
  assert.match(stderr, /the runtime does not start/);
}); // deno-fmt-ignore

Deno.test("if there is a denort, scripts/build uses deno compile, and says so", async () => {
  const output = join(room, "compiled");
  const build = (env: Record<string, string>) =>
    tryRun(script("build"), ["--output", output], { env });
  // Deno itself is no denort, but a file that one can be made of: the compiling is shown, not the running.
  const compiled = await build({ DENORT_BIN: Deno.execPath() });
  assert.match(compiled.stderr, /: compiled by deno compile/);
  assert.equal(compiled.code, 0, compiled.stderr);
  using file = await Deno.open(output);
  const magic = new Uint8Array(4);
  await file.read(magic);
  assert.equal(new TextDecoder().decode(magic), "\x7fELF");
});
