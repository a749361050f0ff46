/** What the one file unpacks, when, and what becomes of that: docs/binary.md. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { eventually } from "../lab/ovs.ts";
import { run, tryRun } from "../lab/run.ts";
import { assertRefuses, assertWorks, bare, Built, namesIn } from "./binary.ts";
import { startOften } from "./starts.ts";

const built = await Built.build();
const { validate, warm } = built;
Deno.test.afterAll(() => built[Symbol.asyncDispose]());

Deno.test("twenty cold starts at once unpack once", async () => {
  const cache = built.cache("cold");
  await Promise.all(Array.from({ length: 20 }, () => assertWorks(built.run(cache, ...validate))));
  assert.deepEqual(
    await namesIn(await built.unpackedIn(cache)),
    await namesIn(await built.unpackedIn(warm)),
  );
}); // deno-fmt-ignore

Deno.test("a lock that another process keeps does not stop a start for long", async () => {
  const impatient = join(built.folder, "impatient");
  // This changes the length of the script, which is no problem: the packed part is found from the end of the file.
  const script =
    `sed '0,/^longest_unpacking=60$/s//longest_unpacking=1/' "$1" >"$2"; chmod 755 "$2"`;
  await run("sh", ["-ec", script, "sh", built.binary, impatient]);
  assert.notDeepEqual(await Deno.readFile(impatient), await Deno.readFile(built.binary));
  const cache = built.cache("kept");
  const folder = join(cache, (await built.unpackedIn(warm)).slice(warm.length + 1));
  await Deno.mkdir(folder, { recursive: true });
  const lock = join(folder, "lock");
  const keeper = new Deno.Command("flock", { args: ["-F", lock, "sleep", "600"] })
    .spawn();
  try {
    await eventually(
      "its lock",
      async () => (await tryRun("flock", ["-n", lock, "true"])).code !== 0,
    );
    await assertWorks(bare([impatient, ...validate], { SLUICE_CACHE: cache }));
  } finally {
    keeper.kill();
    await keeper.status;
  }
}); // deno-fmt-ignore

Deno.test("several cold starts at once work, even without flock(1)", async () => {
  const tools = join(built.folder, "tools");
  await Deno.mkdir(tools);
  for (
    const tool of "cat chmod gzip head id ls mkdir mv rm rmdir sha256sum sh stat tail tr".split(" ")
  ) {
    await Deno.symlink((await run("sh", ["-c", `command -v ${tool}`])).trim(), join(tools, tool));
  }
  const env = { SLUICE_CACHE: built.cache("unlocked"), PATH: tools };
  const start = () =>
    tryRun("env", [
      "-i",
      ...Object.entries(env).map((pair) => pair.join("=")),
      built.binary,
      ...validate,
    ]);
  await Promise.all(Array.from({ length: 4 }, () => assertWorks(start())));
}); // deno-fmt-ignore

Deno.test("unpacked files that are damaged are unpacked again", async (t) => {
  const cache = built.cache("damaged");
  await built.run(cache, "version");
  const folder = await built.unpackedIn(cache);
  const digests = () => run("sha256sum", ["--", ...FILES.map((name) => join(folder, name))]);
  const FILES = (await namesIn(folder)).filter((name) => /^(sluice|main\.js|program\.cjs|page\.(html|css|js\.gz))$/.test(name));
  const right = await digests();
  const damages: Readonly<Record<string, (file: string) => Promise<unknown>>> = {
    "cut short": (file) => Deno.truncate(file, 1000),
    // The size and the time of modification stay the same.
    "one byte": (file) =>
      run("sh", ["-c", 'touch -r "$1" "$1.time"; printf X | dd of="$1" bs=1 seek=500 conv=notrunc; touch -r "$1.time" "$1"; rm "$1.time"', "sh", file]),
    "gone": (file) => Deno.remove(file),
  }; // deno-fmt-ignore
  for (const [name, damage] of Object.entries(damages)) {
    for (const file of ["sluice", "main.js", "program.cjs", "page.js.gz"]) {
      await t.step(`${file}: ${name}`, async () => {
        await damage(join(folder, file));
        await assertWorks(built.run(cache, ...validate));
        assert.equal(await digests(), right);
      });
    }
  }
  await t.step("damaged files of the runtime's own cache", async () => {
    for await (const { name, isFile } of Deno.readDir(join(folder, "deno"))) {
      if (isFile) await Deno.writeTextFile(join(folder, "deno", name), "garbage".repeat(1000));
    }
    await assertWorks(built.run(cache, ...validate));
  });
});

Deno.test("a binary that is cut short or altered unpacks nothing", async (t) => {
  const whole = await Deno.readFile(built.binary);
  const altered = whole.slice();
  altered[whole.length >> 1]! ^= 1;
  for (const [name, bytes] of Object.entries({ cut: whole.subarray(0, 30_000_000), altered })) {
    await t.step(name, async () => {
      const binary = join(built.folder, name);
      await Deno.writeFile(binary, bytes, { mode: 0o755 });
      const cache = built.cache(`of ${name}`);
      await assertRefuses(bare([binary, "version"], { SLUICE_CACHE: cache }), /damaged|gzip/);
      assert.deepEqual(await namesIn(await built.unpackedIn(cache)), ["lock"]);
    });
  }
});

Deno.test("all old versions but two are removed, other folders stay", async () => {
  const cache = built.cache("old");
  const old = Array.from({ length: 5 }, (_, index) => `sluice-${String(index).padStart(16, "0")}`);
  for (const [index, name] of old.entries()) {
    await Deno.mkdir(join(cache, name), { recursive: true });
    await Deno.utime(join(cache, name), index, index);
  }
  await Deno.mkdir(join(cache, "sluice-of-somebody"));
  await assertWorks(built.run(cache, ...validate));
  const left = (await Array.fromAsync(Deno.readDir(cache))).map(({ name }) => name);
  assert.deepEqual(left.filter((name) => old.includes(name)).sort(), old.slice(3));
  assert.ok(left.includes("sluice-of-somebody"));
  assert.equal(left.length, 4);
});

Deno.test("of 25 starts each does its work, and nothing is left behind", async () => {
  await startOften(built, warm, 25); // and test/long/starts_test.ts 1,000 times
});

Deno.test("the runtime keeps compiled code for commands, and none for the agent, which would keep it in memory", async () => {
  const cache = built.cache("compiled");
  const compiled = async () => {
    const kept = await namesIn(join(await built.unpackedIn(cache), "deno"));
    return kept.some((name) => name.startsWith("v8_code_cache"));
  };
  assert.equal((await built.run(cache, "agent", "--help")).code, 0);
  assert.equal(await compiled(), false);
  assert.equal((await built.run(cache, "version")).code, 0);
  assert.equal(await compiled(), true);
});
