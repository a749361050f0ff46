import assert from "node:assert/strict";
import { join } from "node:path";
import { run, tryRun } from "./run.ts";

const ROOT = join(import.meta.dirname!, "..");
const PAGES = ["README.md", "docs/bare-host.md", "docs/contributing.md"];

/** Lines of shell of a page, without comments. */
async function commandsOf(page: string): Promise<string[]> {
  const text = await Deno.readTextFile(join(ROOT, page));
  return [...text.matchAll(/^```sh\n([^]*?)^```/gm)].flatMap(([, block]) =>
    block!.split("\n").map((line) => line.replace(/\s*#.*/, "").trim()).filter((line) =>
      line !== ""
    )
  );
}

/** Commands that run for long, install something or need a bridge: which test runs them instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "scripts/demo": "below",
  "scripts/test": "it runs this test",
  "scripts/setup --ovs": "scripts/test runs it",
  "deno task ok": ".ci/run runs its parts",
  "sluice validate -f manifests/": "test/cli_test.ts",
  "sluice plan -f manifests/ --bridge br0 --ovsdb unix:/run/openvswitch/db.sock":
    "test/cli_test.ts",
  "sluice agent --source files --manifests manifests/ --bridge br0 --ovsdb unix:/run/openvswitch/db.sock":
    "test/agent.ts starts it so",
  "sluice status": "test/cli_test.ts",
};

for (const page of PAGES) {
  Deno.test(`every command of ${page} is run`, async () => {
    const commands = await commandsOf(page);
    assert.ok(commands.length > 0);
    for (const command of commands) {
      if (command in ELSEWHERE) continue;
      const { code, stderr } = await tryRun("sh", ["-c", command], { cwd: ROOT });
      assert.equal(code, 0, `${command}\n${stderr}`);
    }
  });
}

Deno.test("the demo shows what each collector received next to what was sent: all of it", async () => {
  const stdout = await run(join(ROOT, "scripts", "demo"), []);
  const table = stdout.slice(stdout.indexOf("TRAFFICCONTROL "));
  const rows = table.trim().split("\n").slice(1);
  assert.equal(rows.length, 4, stdout);
  for (const row of rows) {
    const [sent, received] = row.trim().split(/\s+/).slice(-2);
    assert.equal(received, sent, row);
    assert.ok(Number(sent) > 0);
  }
});

Deno.test("links in the documents lead somewhere", async () => {
  for (
    const page of [
      ...PAGES,
      "docs/architecture.md",
      "docs/datapath.md",
      "docs/antrea.md",
      "docs/plugins.md",
      "docs/kubernetes.md",
    ]
  ) {
    const text = await Deno.readTextFile(join(ROOT, page));
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      await Deno.stat(join(ROOT, page, "..", target!));
    }
  }
});
