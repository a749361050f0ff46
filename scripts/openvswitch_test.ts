/** scripts/_openvswitch: which versions there are, and what it says when Debian has another. */
import "../test/lab/environment.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { TESTED_OVS } from "../core/base/ovs_versions.ts";
import { script } from "../test/lab/paths.ts";
import { tryRun } from "../test/lab/run.ts";

const THERE_ARE = `there are ${Object.keys(TESTED_OVS).join(", ")}`;

Deno.test("it reads the table of versions", async () => {
  const { stdout } = await tryRun(script("_openvswitch"), ["--list"]);
  assert.equal(stdout, `${Object.keys(TESTED_OVS).join(" ")}\n`);
});

Deno.test.each(["3.2", "3", "3.5.0", ".*", "", "*"])(
  "there is no Open vSwitch %j for tests: the line names those that there are",
  async (version) => {
    const { code, stdout, stderr } = await tryRun(script("_openvswitch"), ["--unpack", version]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.equal(
      stderr,
      `openvswitch: there is no version "${version}" for tests: ${THERE_ARE}\n`,
    );
  },
);

/** An apt-get that would fetch this. */
const aptGet = (file: string) =>
  `#!/bin/sh\ncase "$*" in *print-uris*) echo "'http://a/${file}' ${file} 1 SHA256:0" ;; esac\n`;

Deno.test.each([
  [
    "openvswitch-switch_4.1.0-2_amd64.deb",
    /^setup: Debian's sid has Open vSwitch 4\.1\.0-2 now, not 4\.0/m,
  ],
  ["openvswitch-switch_4.01.0-2_amd64.deb", /has Open vSwitch 4\.01\.0-2 now, not 4\.0/],
  ["libc6_2.42-2_amd64.deb", /^setup: Debian's sid has Open vSwitch none now, not 4\.0/m],
])("where Debian's sid has %s, that is said, and nothing is kept", async (file, said) => {
  const folder = await Deno.makeTempDir({ prefix: "slovs" });
  try {
    await Deno.writeTextFile(join(folder, "apt-get"), aptGet(file), { mode: 0o755 });
    const cache = join(folder, "cache");
    const env = { SLUICE_CACHE: cache, PATH: `${folder}:${Deno.env.get("PATH")}` };
    const { code, stdout, stderr } = await tryRun(script("_openvswitch"), ["--unpack", "4.0"], {
      env,
    });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, said);
    const left = await Array.fromAsync(Deno.readDir(cache), ({ name }) => name);
    assert.deepEqual(left, ["openvswitch-4.0.lock"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
