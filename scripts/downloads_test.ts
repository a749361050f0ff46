/** Nothing that scripts download is used before it is verified. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT, script } from "../test/lab/paths.ts";
import { run, tryRun } from "../test/lab/run.ts";

/** What verifies the download on each line that makes one. A line that is new here needs an answer. */
const VERIFIED: Readonly<Record<string, string>> = {
  'apt-get install -y -qq --no-install-recommends "$@"': "apt's signatures",
  'apt-get download -qq -o APT::Sandbox::User=root "etcd-server': "apt's signatures",
  'apt-get download -qq -o APT::Sandbox::User=root "prometheus=': "apt's signatures",
  "apt-get -qq -o APT::Sandbox::User=root": "apt's signatures",
  "private_apt apt-get install -qq --print-uris openvswitch-switch": "downloads nothing",
  "private_apt apt-get download -qq $names": "apt's signatures, by DEBIAN_KEYRING",
  "apt-get indextargets": "downloads nothing",
  'apt-get "${apt_options[@]}" update': "apt's signatures",
  'apt-get "${apt_options[@]}" -o "Dir::Cache::archives': "apt's signatures",
  'npm pack --silent --ignore-scripts "$package"': "NPM_SHA512",
  'curl -fsS --retry 3 -o "$staging/go.zip"': "GO_SHA256",
  "python3 -m pip download": "--require-hashes, TYPOS_SHA256",
  '"$DENO" install --frozen': "deno.lock",
  "go build": "go.sum, by -mod=readonly",
  "go list -m": "reads go.mod alone, with GOTOOLCHAIN=local",
  '"$DENO" bundle': "find_esbuild",
  '"$DENO" compile': "DENORT_BIN, which is no download",
  "FROM ${BASE}": "scripts/_base, for a release",
  "FROM scratch": "is empty",
};
/** Commands that can download something. */
const DOWNLOADS =
  /(?<![-[=])\b(curl|wget|npm (?!package)|npx|pip (?!does)|apt-get (?!update)|go (build|get|install|run|mod|list)|git clone|podman (build|pull)|FROM (?=\S+( AS|$)))|"\$DENO" (install|bundle|compile)/;

async function linesOf(file: string): Promise<string[]> {
  const text = await Deno.readTextFile(join(ROOT, file));
  return text.replaceAll("\\\n", "").split("\n").filter((line) => !/^\s*(#|\*|\/\/)/.test(line))
    .map((line) => line.replace(/command -v \S+/, ""))
    .filter((line) => !/echo "|--version|packages\+=/.test(line));
}

Deno.test("each line of a script that downloads something is one whose download is verified", async () => {
  const files =
    (await run("git", ["-C", ROOT, "ls-files", "scripts", ".ci", "deploy/Containerfile"]))
      .trim().split("\n").filter((file) => !/\.(ts|txt)$/.test(file));
  const lines = (await Promise.all(files.map(linesOf))).flat()
    .filter((line) => DOWNLOADS.test(line));
  const known = Object.keys(VERIFIED);
  assert.deepEqual(lines.filter((line) => !known.some((part) => line.includes(part))), []);
  assert.deepEqual(known.filter((part) => !lines.some((line) => line.includes(part))), []);
});

/** An npm whose package has another program than the one whose hash is known. */
const FALSE_NPM = `#!/bin/sh
echo "$*" >>"$NPM_LOG"
mkdir -p package/bin
printf '#!/bin/sh\\ntouch "$NPM_LOG.executed"\\n' >package/deno
cp package/deno package/bin/esbuild
chmod 755 package/deno package/bin/esbuild
tar -czf false.tgz package && rm -r package
`;

/** Runs a script of the shell with that npm, and with an empty cache. */
async function withFalseNpm(text: string, ...args: string[]) {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(join(folder, "npm"), FALSE_NPM, { mode: 0o755 });
  const log = join(folder, "log");
  const ran = await tryRun("bash", ["-c", text, "bash", ...args], {
    cwd: ROOT,
    env: {
      PATH: `${folder}:${Deno.env.get("PATH")}`,
      SLUICE_CACHE: join(folder, "cache"),
      NPM_LOG: log,
    },
  });
  const asked = await Deno.readTextFile(log);
  const left = await run("find", [join(folder, "cache"), "-type", "f"]);
  const executed = await Deno.stat(`${log}.executed`).then(() => true, () => false);
  await Deno.remove(folder, { recursive: true });
  return { ...ran, asked, left, executed };
}

Deno.test("scripts/setup neither keeps nor runs a Deno that has another hash, and runs no scripts of packages", async () => {
  const { code, stderr, asked, left, executed } = await withFalseNpm('exec "$1"', script("setup"));
  assert.notEqual(code, 0);
  assert.match(stderr, /package\.tgz: FAILED/);
  assert.match(stderr, /npm: @deno\/linux-\S+ is not what was expected/);
  assert.match(asked, /^pack .*--ignore-scripts @deno\/linux-\S+@\d/);
  assert.deepEqual([left, executed], ["", false]);
});

Deno.test.each(["x86_64", "aarch64"])(
  "the hashes of Deno and esbuild are known for %s",
  async (machine) => {
    const fetch = `. scripts/_env && . scripts/_npm
    for package in "\${DENO_PACKAGE[$1]}" "\${ESBUILD_PACKAGE[$1]}"; do
      [ "\${#NPM_SHA512[$package]}" = 128 ] || exit 2
      fetch_from_npm "$package" deno "$SLUICE_CACHE/program" && exit 3
    done`;
    const { code, stderr, left } = await withFalseNpm(`${fetch}; exit 0`, machine);
    assert.equal(code, 0, stderr);
    assert.equal(left, "");
  },
);

Deno.test.each<[string, string, number]>([
  ["docker.io/library/debian:12-slim", "false", 0],
  ["docker.io/library/debian:12-slim", "true", 1],
  ["docker.io/library/debian@sha256:12", "true", 1],
  [`docker.io/library/debian@sha256:${"0f".repeat(32)}`, "true", 0],
])(
  "the base image %s of an image for a release (%s) makes exit code %d",
  async (base, release, code) => {
    const ran = await tryRun(script("_base"), [base, release]);
    assert.equal(ran.code, code);
    if (code !== 0) assert.match(ran.stderr, /needs BASE=NAME@sha256:DIGEST/);
  },
);
