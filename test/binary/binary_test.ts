/** The binary starts in every place and for every user that docs/binary.md names. suites_test.ts tests what it then does. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { PLUGINS, ROOT } from "../lab/paths.ts";
import { run, tryRun } from "../lab/run.ts";
import { asNobody, assertRefuses, assertWorks, bare, Built, withMounts } from "./binary.ts";

const built = await Built.build();
const { validate, warm } = built;
Deno.test.afterAll(() => built[Symbol.asyncDispose]());

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
  const inReadOnlyRoot = (cache: string) => withMounts(script, built.binary, built.examples, cache);
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
    withMounts(script, built.binary, options, cache, variable, built.examples);
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

/** What a user namespace maps, by the options of unshare(1). In the first, no user is mapped, not even the present one. */
const NAMESPACES = [["no user", "-U"], ["the present user as root", "-rU"]] as const;
const FOLDERS = `
  for folder in /run /var/cache; do mount -t tmpfs -o mode=755 tmpfs $folder; done
  mount -t tmpfs -o mode=1777 tmpfs /tmp
  cp -a "$1" /tmp/planted; chown -R "$2" /tmp/planted
  for name in sluice-0 sluice-1000 sluice-65534; do cp -a /tmp/planted "/tmp/$name"; done
  mkdir -m 755 /tmp/own; chown 1000 /tmp/own
  shift 2; exec setpriv --reuid=1000 --regid=1000 --clear-groups env -i "$@"`;

Deno.test.each(NAMESPACES)(
  "in a user namespace that maps %s, only files that are provably this user's are executed",
  async (_, option) => {
    const start = (owner: string, ...env: string[]) =>
      withMounts(FOLDERS, warm, owner, ...env, "unshare", option, built.binary, ...validate);
    // Another user, and the host's root, look alike there.
    for (const owner of ["1001", "0"]) {
      await assertRefuses(start(owner), /\/tmp\/sluice-\d+ can be changed by other users/);
      await assertRefuses(
        start(owner, "SLUICE_CACHE=/tmp/planted"),
        /\/tmp\/planted can be changed by other users/,
      );
    }
    await assertWorks(start("1000"));
    await assertWorks(start("1000", "SLUICE_CACHE=/tmp/planted"));
    await assertWorks(start("1001", "SLUICE_CACHE=/tmp/own/cache"));
  },
);

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
