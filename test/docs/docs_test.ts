import assert from "node:assert/strict";
import { join } from "node:path";
import { OLDEST_OVS, TESTED_OVS, TESTED_OVS_RANGE } from "../../core/base/ovs_versions.ts";
import { commandsOf } from "./pages.ts";
import { ROOT, script } from "../lab/paths.ts";
import { run, tryRun } from "../lab/run.ts";

const PAGES = [
  "README.md",
  "docs/bare-host.md",
  "docs/binary.md",
  "docs/container.md",
  "docs/contributing.md",
  "docs/doctor.md",
  "docs/performance.md",
  "docs/reliability.md",
  "docs/sensors.md",
  "docs/suricata.md",
];

/** Commands that run for long, install something or need a bridge: which test runs them instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "scripts/demo": "below",
  "scripts/test": "it runs this test",
  "deno bench -A bench/pure_bench.ts": "bench/bench_test.ts, one of them",
  "scripts/setup --ovs": "scripts/test runs it",
  "scripts/test --quick": "scripts/runner/runner_test.ts",
  "scripts/test --ovs-version 3.5 test/mirror_test.ts":
    "test/gate/ovs_version_test.ts, with other files; CI runs this file so",
  "scripts/test --long": "scripts/runner/runner_test.ts",
  "scripts/test test/mirror_test.ts": "scripts/runner/runner_test.ts, with other files",
  "deno task hook": "test/gate/hook_test.ts",
  "deno task coverage": "test/gate/coverage_test.ts, of one room",
  "deno task coverage --quick": "test/gate/coverage_test.ts, of one room",
  "deno task ok": ".ci/run runs its parts",
  "scripts/build": "test/binary/build_test.ts",
  "scripts/build --target aarch64 --output dist/sluice-aarch64": "test/binary/build_test.ts",
  "dist/sluice version": "test/binary/binary_test.ts",
  "SLUICE_BINARY=$PWD/dist/sluice scripts/test test/cli_test.ts": "test/binary/suites_test.ts",
  "sluice validate -f manifests/": "test/cli_test.ts",
  "sluice plan -f manifests/ --bridge br0 --ovsdb unix:/run/openvswitch/db.sock":
    "test/cli_test.ts",
  "sluice agent --source files --manifests manifests/ --bridge br0 --ovsdb unix:/run/openvswitch/db.sock":
    "test/lab/agent.ts starts it so",
  "sluice status": "test/cli_test.ts",
  "scripts/install": "test/binary/install_test.ts, as it stands there",
  "sed -i 's/br-int/br0/' /etc/sluice/sluice.yaml":
    "test/binary/install_test.ts, as it stands there",
  "systemctl enable --now sluice": "test/binary/install_test.ts, as it stands there",
  "systemctl reload sluice": "test/binary/install_test.ts, as it stands there",
  "scripts/uninstall --bridge br0": "test/binary/install_test.ts, as it stands there",
  "podman build -f deploy/Containerfile -t sluice .":
    "test/binary/image_test.ts does what the file says, without an engine",
  "podman build -f deploy/Containerfile --build-arg RELEASE=true --build-arg BASE=docker.io/library/debian@sha256:<digest> -t sluice .":
    "scripts/downloads_test.ts",
  "podman run --rm --read-only --cap-drop all --network host --user 0 -v /run/openvswitch:/run/openvswitch -v /etc/sluice:/etc/sluice:ro -v /var/lib/sluice:/var/lib/sluice sluice agent --config /etc/sluice/sluice.yaml":
    "test/binary/image_test.ts does the same by namespaces",
  "sluice doctor --bridge br0 --ovsdb unix:/run/openvswitch/db.sock --source files --manifests manifests/":
    "test/doctor/situations_test.ts",
};
/** They belong together: test/kubernetes/doctor_test.ts follows them. */
const FOLLOWED = new Set(await commandsOf("docs/doctor.md", "With the agent's credentials"));
/** They make one sensor together: test/docs/sensors_test.ts runs them. */
for (const command of await commandsOf("docs/sensors.md")) FOLLOWED.add(command);
/** test/docs/suricata_test.ts and test/kubernetes/suricata_test.ts run them. */
for (const command of await commandsOf("docs/suricata.md")) FOLLOWED.add(command);

for (const page of PAGES) {
  Deno.test(`every command of ${page} is run`, async () => {
    const commands = await commandsOf(page);
    assert.ok(commands.length > 0);
    for (const command of commands) {
      if (command in ELSEWHERE || FOLLOWED.has(command)) continue;
      const { code, stderr } = await tryRun("sh", ["-c", command], { cwd: ROOT });
      assert.equal(code, 0, `${command}\n${stderr}`);
    }
  });
}

Deno.test("the pages name the versions of Open vSwitch that the table has", async () => {
  const versions = Object.keys(TESTED_OVS);
  const list = `${versions.slice(0, -1).join(", ")} and ${versions.at(-1)}`;
  const range = `older than ${versions[0]} or newer than ${versions.at(-1)}`;
  for (
    const [page, said] of [
      ["README.md", `tested with Open vSwitch ${list} `],
      ["docs/binary.md", `tested with ${list}. It needs ${OLDEST_OVS} or later`],
      ["docs/binary.md", range],
      ["docs/kubernetes.md", `Open vSwitch ${TESTED_OVS_RANGE}`],
      ["docs/doctor.md", `from ${TESTED_OVS_RANGE}:`],
    ] as const
  ) {
    const text = (await Deno.readTextFile(join(ROOT, page))).replaceAll(/\s+/g, " ");
    assert.ok(text.includes(said), `${page} does not say: ${said}`);
  }
});

Deno.test("the demo shows what each collector received next to what was sent: all of it", async () => {
  const stdout = await run(script("demo"), []);
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
      "docs/security.md",
      "docs/seeing.md",
    ]
  ) {
    const text = await Deno.readTextFile(join(ROOT, page));
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      await Deno.stat(join(ROOT, page, "..", target!));
    }
  }
});
