/** The TrafficControls of docs/policy.md are right, and do what the page shows of them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { sluice } from "../lab/agent.ts";
import { ROOT } from "../lab/paths.ts";

const FOLDER = join(ROOT, "docs", "policy");

Deno.test("sluice validate accepts every TrafficControl of docs/policy.md", async () => {
  const { code, stdout, stderr } = await sluice(undefined, "validate", "-f", FOLDER);
  assert.equal(code, 0, stdout + stderr);
});

Deno.test("docs/policy.md shows parts of its TrafficControls as they are", async () => {
  const page = await Deno.readTextFile(join(ROOT, "docs", "policy.md"));
  const shown = [...page.matchAll(/\]\(policy\/(.*?)\)[^`]*```yaml\n(.*?)```/gs)];
  const files = (await Array.fromAsync(Deno.readDir(FOLDER))).map(({ name }) => name);
  assert.deepEqual(shown.map(([, name]) => name).sort(), files.sort());
  for (const [, name = "", part = ""] of shown) {
    const { spec } = parse(await Deno.readTextFile(join(FOLDER, name)));
    for (const [field, value] of Object.entries(parse(part).spec)) {
      assert.deepEqual(spec[field], value, `${name}: ${field}`);
    }
  }
});
