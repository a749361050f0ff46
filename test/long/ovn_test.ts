/** The newest OVN that Debian has, with the Open vSwitch that belongs to it: all that test/ovn/ shows holds for it, too. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT, script } from "../lab/paths.ts";
import { tryRun } from "../lab/run.ts";

const env = { SLUICE_OVN: "sid" };
const setup = await tryRun(script("_ovn"), ["--build"], { env });
const isMissing = setup.code !== 0;
if (isMissing) console.error(`SKIPPED: OVN of Debian's sid cannot be unpacked: ${setup.stderr}`);

Deno.test({
  name: "the newest OVN: all tests of test/ovn/",
  ignore: isMissing && Deno.env.get("CI") !== "true",
  async fn() {
    assert.ok(!isMissing, setup.stderr);
    const args = ["test", "-A", "--no-check", "--config", join(ROOT, "deno.json")];
    const { code, stdout, stderr } = await tryRun(
      Deno.execPath(),
      [...args, join(ROOT, "test/ovn")],
      { env, cwd: ROOT },
    );
    assert.equal(code, 0, `${stdout}${stderr}`);
    const versions = [...stdout.matchAll(/^(ovn-controller \S+) .*$/gm)].map(([line]) => line);
    assert.ok(versions.length > 0, stdout);
    console.log(versions.join("\n"));
  },
});
