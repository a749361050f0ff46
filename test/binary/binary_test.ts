/** The binary starts in every place that docs/binary.md names. suites_test.ts tests what it then does. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { asNobody, bare, Built, withMounts } from "./binary.ts";
import { startOften } from "./starts.ts";
import { eventually } from "../lab/ovs.ts";
import { EXAMPLES as EXAMPLES_HERE, PLUGINS, ROOT, script } from "../lab/paths.ts";
import { run, tryRun } from "../lab/run.ts";

const built = await Built.build();
// The examples are copied: tests may mount over the checkout, or run as a user that cannot read it.
const EXAMPLES = join(built.folder, "examples");
await run("cp", ["-r", EXAMPLES_HERE, EXAMPLES]);
await run("chmod", ["-R", "a+rX", EXAMPLES]);
/** Unpacked once, for what does not look at the unpacking. */
const warm = built.cache("warm");
Deno.test.afterAll(() => built[Symbol.asyncDispose]());

const VALID = /^\d+ objects, no problems\n$/;
const validate = ["validate", "-f", EXAMPLES];

async function assertWorks(ran: ReturnType<typeof tryRun>): Promise<void> {
  const { code, stdout, stderr } = await ran;
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, VALID);
}
async function assertRefuses(ran: ReturnType<typeof tryRun>, reason: RegExp): Promise<void> {
  const { code, stdout, stderr } = await ran;
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /^sluice: Cannot unpack .*: there is no folder for it; set SLUICE_CACHE/);
  assert.match(stderr, reason);
}

Deno.test("version names the commit, the form of the binary and the runtime", async () => {
  const { stdout } = await built.run(warm, "version", "-o", "json");
  const version = JSON.parse(stdout);
  const head = (await run("git", ["-C", ROOT, "rev-parse", "HEAD"])).trim();
  assert.equal(version.commit.replace(/-modified$/, ""), head);
  assert.match(version.form, /^(compiled|self-extracting)$/);
  assert.equal(version.runtime.split(",")[0], `Deno ${Deno.version.deno}`);
});

Deno.test("the binary passes on arguments and exit codes unchanged", async () => {
  const wrong = join(built.folder, 'it\'s "wrong" $HOME.yaml');
  await Deno.writeTextFile(wrong, "kind: TrafficControl\n");
  const found = await built.run(warm, "validate", "-f", wrong);
  assert.equal(found.code, 1);
  assert.ok(found.stdout.startsWith(`${wrong}:1: `), found.stdout);
  assert.equal((await built.run(warm, "validate", "--colour")).code, 2);
});

Deno.test("it works with an empty environment, by chains of links, by PATH, without standard streams", async () => {
  const cache = { SLUICE_CACHE: warm };
  await assertWorks(bare([built.binary, ...validate], cache));
  const links = join(built.folder, "links");
  await Deno.mkdir(links);
  await Deno.symlink("../sluice", join(links, "a"));
  await Deno.symlink("a", join(links, "b"));
  await assertWorks(bare([join(links, "b"), ...validate], cache));
  const relative = { SLUICE_CACHE: "../warm" };
  await assertWorks(tryRun("./b", validate, { cwd: links, env: relative }));
  const path = { PATH: `/usr/bin:/bin:${links}` };
  await assertWorks(
    tryRun("sh", ["-c", 'exec b "$@"', "sh", ...validate], { env: { ...path, ...cache } }),
  );
  const closed = await tryRun("sh", [
    "-c",
    'exec "$@" <&- >&- 2>&-',
    "sh",
    built.binary,
    ...validate,
  ], { env: cache });
  assert.equal(closed.code, 0);
}); // deno-fmt-ignore

Deno.test("it works without a network, not even loopback", async () => {
  const alone = (...args: string[]) =>
    tryRun("unshare", ["-n", built.binary, ...args], { env: { SLUICE_CACHE: built.cache("alone") } });
  await assertWorks(alone(...validate));
  for (const args of [["--help"], ["crd"], ["version"], ["plugin", "list", "--plugins", PLUGINS]]) {
    const { code, stdout, stderr } = await alone(...args);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.notEqual(stdout, "");
  }
  const { stdout } = await alone("plugin", "check", PLUGINS);
  assert.equal(stdout.match(/ conforms$/gm)?.length, 3, stdout);
}); // deno-fmt-ignore

Deno.test("with a read-only root it needs one folder that can be written, and says so", async () => {
  const script = `
    root=$(mktemp -d /var/tmp/slroot.XXXXXX); trap 'umount -R "$root"; rmdir "$root"' EXIT
    mount --bind / "$root"
    mount -o remount,bind,ro "$root"
    mount -t proc proc "$root/proc"; mount --bind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/mnt"; cp "$1" "$root/mnt/sluice"; cp -r "$2" "$root/mnt/examples"
    for folder in tmp run var/cache; do mount -t tmpfs -o ro tmpfs "$root/$folder"; done
    env -i SLUICE_CACHE="$3" PATH="$PATH" chroot "$root" /mnt/sluice validate -f /mnt/examples`;
  const inReadOnlyRoot = (cache: string) => withMounts(script, built.binary, EXAMPLES, cache);
  await assertWorks(inReadOnlyRoot("/mnt/cache"));
  await assertRefuses(inReadOnlyRoot(""), /\/var\/cache\/sluice: .*Read-only file system/);
});

Deno.test("it is not unpacked to a folder in which nothing can be executed", async () => {
  const script = `
    for folder in /tmp /run /var/cache; do mount -t tmpfs -o noexec tmpfs $folder; done
    mount -t tmpfs -o $2 tmpfs "$3"
    env -i SLUICE_CACHE="$4" "$1" validate -f "$5"`;
  const cache = built.cache("mounted");
  await Deno.mkdir(cache);
  const mounted = (options: string, variable: string) =>
    withMounts(script, built.binary, options, cache, variable, EXAMPLES);
  await assertWorks(mounted("exec", cache));
  await assertRefuses(mounted("noexec", cache), /mounted: nothing can be executed there/);
  await assertRefuses(mounted("exec", ""), /\/tmp\/sluice-0: nothing can be executed there/);
  await assertRefuses(mounted("size=20m", cache), /No space left on device/);
});

Deno.test("an unprivileged user has a cache of its own, or takes root's, which it cannot change", async () => {
  const own = built.cache("own");
  await Deno.mkdir(own);
  await Deno.chown(own, 65534, 65534);
  await assertWorks(asNobody([built.binary, ...validate], { XDG_CACHE_HOME: own }));
  assert.match(await built.unpackedIn(join(own, "sluice")), /sluice-/);
  await assertWorks(built.run(warm, ...validate));
  await assertWorks(asNobody([built.binary, ...validate], { SLUICE_CACHE: warm }));
  const lock = join(await built.unpackedIn(warm), "lock");
  assert.match((await asNobody(["flock", "-n", lock, "true"])).stderr, /Permission denied/);
  // In a user namespace, files of all other users seem to be those of `nobody`.
  await assertWorks(
    asNobody(["unshare", "-rn", built.binary, ...validate], { SLUICE_CACHE: warm }),
  );
  await assertRefuses(
    asNobody([built.binary, ...validate], { SLUICE_CACHE: built.cache("roots") }),
    /Permission denied/,
  );
}); // deno-fmt-ignore

Deno.test("root runs nothing that another user could have put there", async () => {
  const unpacked = await built.unpackedIn(warm);
  const planted = async (name: string) => {
    const cache = built.cache(name);
    await run("cp", ["-a", warm, cache]);
    return cache;
  };
  await t(await planted("owned"), (cache) => run("chown", ["-R", "65534", cache]));
  await t(await planted("open"), (cache) => Deno.chmod(cache, 0o777));
  await t(
    await planted("inner"),
    (cache) => Deno.chmod(join(cache, unpacked.slice(warm.length + 1)), 0o775),
  );
  // With the sticky bit, as /tmp has it, other users cannot remove root's files.
  const sticky = await planted("sticky");
  await Deno.chmod(sticky, 0o1777);
  await assertWorks(built.run(sticky, ...validate));
  const roots = built.cache("root's own");
  await Deno.mkdir(roots);
  await Deno.symlink(roots, join(sticky, "link"));
  await run("chown", ["-h", "65534", join(sticky, "link")]);
  await assertRefuses(built.run(join(sticky, "link"), ...validate), /it is another user's link/);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(roots)), []);

  async function t(cache: string, spoil: (cache: string) => Promise<unknown>): Promise<void> {
    await spoil(cache);
    await assertRefuses(built.run(cache, ...validate), /can be changed by other users/);
  }
});

Deno.test("configurations of Deno and npm beside the binary and in the working folder are ignored", async () => {
  const cache = built.cache("configured");
  await Deno.mkdir(cache);
  const { code } = await built.run(join(cache, "inner"), "version");
  assert.equal(code, 0);
  const folder = await built.unpackedIn(join(cache, "inner"));
  for (const place of [cache, folder]) {
    for (const name of ["deno.json", "package.json", "deno.lock"]) {
      await Deno.writeTextFile(join(place, name), "no JSON");
    }
  }
  const env = { SLUICE_CACHE: join(cache, "inner") };
  await assertWorks(tryRun(built.binary, validate, { cwd: cache, env }));
  const checked = await tryRun(built.binary, ["plugin", "check", PLUGINS], { cwd: cache, env });
  assert.equal(checked.code, 0, checked.stdout);
});

/** A plugin file that reports which permissions it has when it is loaded. */
const SPY = `
const names = ["read", "write", "net", "env", "sys", "run", "ffi"];
const may = names.filter((name) => Deno.permissions.querySync({ name }).state === "granted");
export default () => { throw new Error("may " + may.join()); };`;

Deno.test("a plugin that is tried may read files and the environment, and nothing else", async () => {
  const file = join(built.folder, "spy.ts");
  await Deno.writeTextFile(file, SPY);
  const { stdout } = await built.run(warm, "plugin", "check", file);
  assert.match(stdout, /throws Error: may read,env /);
});

Deno.test("twenty cold starts at once unpack once", async () => {
  const cache = built.cache("cold");
  await Promise.all(Array.from({ length: 20 }, () => assertWorks(built.run(cache, ...validate))));
  assert.deepEqual(
    await namesIn(await built.unpackedIn(cache)),
    await namesIn(await built.unpackedIn(warm)),
  );
}); // deno-fmt-ignore

async function namesIn(folder: string): Promise<string[]> {
  const files = await Array.fromAsync(Deno.readDir(folder));
  return files.filter(({ isFile }) => isFile).map(({ name }) => name).sort();
}

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
  const FILES = (await namesIn(folder)).filter((name) => /^(sluice|.*\.js)$/.test(name));
  const right = await digests();
  const damages: Readonly<Record<string, (file: string) => Promise<unknown>>> = {
    "cut short": (file) => Deno.truncate(file, 1000),
    // The size and the time of modification stay the same.
    "one byte": (file) =>
      run("sh", ["-c", 'touch -r "$1" "$1.time"; printf X | dd of="$1" bs=1 seek=500 conv=notrunc; touch -r "$1.time" "$1"; rm "$1.time"', "sh", file]),
    "gone": (file) => Deno.remove(file),
  }; // deno-fmt-ignore
  for (const [name, damage] of Object.entries(damages)) {
    for (const file of ["sluice", "main.js"]) {
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

Deno.test("two checkouts of one commit give the same bytes", async () => {
  const build = async (folder: string, umask: string, zone: string) => {
    const checkout = join(built.folder, folder);
    await run("git", ["clone", "--quiet", "--no-hardlinks", ROOT, checkout]);
    const output = join(built.folder, `${dirname(folder)}.out`);
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
  const binary = join(built.folder, "arm");
  await run(script("build"), ["--target", "aarch64", "--output", binary]);
  const firstPart = `
    entry=$(sed -n "s/^packed='//p" "$1"); rest=\${entry#*:*:}
    tail -c "\${rest%:*}" "$1" | head -c "\${rest#*:}" | gzip -dc`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", firstPart, "sh", binary] })
    .output();
  assert.equal(new TextDecoder().decode(stdout.subarray(1, 4)), "ELF");
  assert.equal(stdout[E_MACHINE_OFFSET], EM_AARCH64);
  const { code, stderr } = await bare([binary, "version"], {
    SLUICE_CACHE: built.cache("arm cache"),
  });
  assert.equal(code, 1);
  assert.match(stderr, /the runtime does not start/);
}); // deno-fmt-ignore

Deno.test("if there is a denort, scripts/build uses deno compile, and says so", async () => {
  const output = join(built.folder, "compiled");
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
