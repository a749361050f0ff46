/** The container image: its SBOM names all its contents, and it runs with a read-only root and without capabilities. */
import "ajv";
import "ajv-formats";
import "ajv-formats-draft2019";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { stringify } from "yaml";
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { Image } from "./image.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { EXAMPLES, MAIN, ROOT, script } from "../lab/paths.ts";
import { introduce, TestPod } from "../lab/pod.ts";
import { run } from "../lab/run.ts";
import { Counter, expectFlow } from "../lab/traffic.ts";

const DOCUMENTS = "usr/share/doc/sluice";

interface Component {
  readonly type: string;
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly licenses?: readonly { license?: { id: string }; expression?: string }[];
  readonly hashes?: readonly { alg: string; content: string }[];
  readonly components?: readonly Component[];
}

/** The npm packages in the program, and in the script of its page. */
async function bundled(): Promise<Set<string>> {
  const page = join(ROOT, "web/main.ts");
  return (await packagesIn(MAIN, "deno")).union(await packagesIn(page, "browser"));
}

/** The npm packages in a bundle. If it does not minify, the bundler writes each file's path into a comment. */
async function packagesIn(entry: string, platform: string): Promise<Set<string>> {
  const folder = await Deno.makeTempDir();
  const options = ["--quiet", "--platform", platform, "--code-splitting", "--outdir", folder];
  await run(Deno.execPath(), ["bundle", ...options, entry], { cwd: ROOT });
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => join(folder, name));
  const text = (await Promise.all(names.map((name) => Deno.readTextFile(name)))).join("\n");
  await Deno.remove(folder, { recursive: true });
  const comments = text.matchAll(/^ *\/\/ \S*\/npm\/[^/]+\/((?:@[^/]+\/)?[^/]+)\/([^/]+)\//gm);
  return new Set([...comments].map(([, name, version]) => `${name}@${version}`));
}

async function files(image: Image): Promise<string[]> {
  const found = await run("find", [image.root, "-type", "f", "-printf", "/%P\n"]);
  return found.trim().split("\n").sort();
}

async function saysWhatIsInIt(image: Image): Promise<void> {
  const text = await Deno.readTextFile(join(image.root, DOCUMENTS, "sbom.cdx.json"));
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  assert.equal(await validator.validate(text), null);
  assert.notEqual(await validator.validate(text.replace('"library"', '"book"')), null);
  const { metadata, components }: { metadata: { component: Component }; components: Component[] } =
    JSON.parse(text);
  const licences = await Deno.readTextFile(join(image.root, DOCUMENTS, "licences.txt"));
  for (const { name, version, purl, licenses = [] } of [metadata.component, ...components]) {
    const [{ license, expression }] = licenses as [NonNullable<Component["licenses"]>[number]];
    assert.ok(purl);
    assert.ok(licences.includes(`\n${name} ${version}: ${license?.id ?? expression}\n`), name);
  }
  const npm = components.filter(({ purl }) => purl!.startsWith("pkg:npm/"));
  const packages = await bundled();
  assert.ok(packages.size > 5);
  assert.deepEqual(new Set(npm.map(({ name, version }) => `${name}@${version}`)), packages);
  assert.ok(npm.every(({ hashes }) => hashes?.[0]?.content.length === 128));

  const described = [metadata.component, ...components].flatMap(({ components = [] }) =>
    components
  );
  for (const { name, hashes } of described) {
    const data = await Deno.readFile(image.root + name);
    assert.equal(hashes![0]!.content, createHash("sha256").update(data).digest("hex"), name);
  }
  const others = (await files(image)).filter((path) =>
    !described.some(({ name }) => name === path)
  );
  assert.deepEqual(others, [
    "/etc/group",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    `/${DOCUMENTS}/licences.txt`,
    `/${DOCUMENTS}/sbom.cdx.json`,
  ]);
}

async function bridge() {
  const ovs = await PrivateOvs.start();
  const p1 = await TestPod.attach(ovs, "p1", { ips: ["10.9.0.1/24"] });
  const p2 = await TestPod.attach(ovs, "p2", { ips: ["10.9.0.2/24"] });
  await introduce(p1, p2);
  await p1.ping(p2.ip(), 1);
  await Deno.chmod(ovs.dir, 0o755); // the mode of /run/openvswitch
  const configuration = join(ovs.dir, "configuration");
  await Deno.mkdir(join(configuration, "manifests"), { recursive: true });
  const objects = [
    podObject(p1, { app: "web" }),
    trafficControl("m", {
      appliedTo: app("web"),
      direction: "Both",
      action: "Mirror",
      targetPort: internal("tap0"),
    }),
  ];
  const text = objects.map((object) => stringify(object)).join("---\n");
  await Deno.writeTextFile(join(configuration, "manifests", "all.yaml"), text);
  return { ovs, p1, p2, configuration };
}

Deno.test("the image has a complete SBOM, and its agent mirrors packets", async (t) => {
  await using image = await Image.build();
  await t.step(
    "its SBOM is valid and complete, and it has every licence",
    () => saysWhatIsInIt(image),
  );
  await t.step(
    "its entry point has the flags of scripts/build, and keeps no cache of compiled code",
    async () => {
      const build = await Deno.readTextFile(script("build"));
      const flags = /^flags=\((.*)\)$/m.exec(build)![1]!;
      assert.equal(
        image.config.entrypoint.join(" "),
        `/usr/lib/sluice/sluice run ${flags} /usr/lib/sluice/main.js`.replace(
          " --v8",
          " --no-code-cache --v8",
        ),
      );
    },
  );
  await t.step("version, help and validate, by nobody in particular, read-only", async () => {
    assert.equal(image.config.user, "65532:65532");
    assert.match((await image.run(["version"])).stdout, /^version: +\d+\.\d+\.\d+$/m);
    assert.match((await image.run([])).stdout, /^Usage: sluice /);
    // A copy: the user of the image may have no right to read the checkout.
    const configuration = join(await Deno.makeTempDir({ prefix: "slexamples" }), "examples");
    await run("cp", ["-r", EXAMPLES, configuration]);
    await run("chmod", ["-R", "a+rX", join(configuration, "..")]);
    const valid = await image.run(["validate", "-f", "/etc/sluice"], { configuration });
    await Deno.remove(join(configuration, ".."), { recursive: true });
    assert.match(valid.stdout, /^\d+ objects, no problems\n$/, valid.stderr);
  });

  const { ovs, p1, p2, configuration } = await bridge();
  await using _ovs = ovs;
  const sockets = () => ["db.sock", "br0.mgmt"].map((name) => join(ovs.dir, name));
  const options = { netns: ovs.netns, ovsRunDir: ovs.dir, configuration };
  const agent = ["agent", "--bridge", "br0", "--manifests", "/etc/sluice/manifests"];
  const mirrors = async (user: string) => {
    const state = join(ovs.dir, `state of ${user}`);
    await Deno.mkdir(state, { mode: 0o700 });
    await Deno.chown(state, ...user.split(":").map(Number) as [number, number]);
    const container = image.start(agent, { ...options, user, state });
    try {
      await eventually("readiness", async () => {
        const status = (await image.run(["status", "-o", "json"], options)).stdout;
        return /"realized": true/.test(status);
      }, 60_000);
      for (const args of [["status"], ["explain", `pod/default/${p1.name}`]]) {
        const { code, stdout, stderr } = await image.exec("/usr/bin/sluice", args, options);
        assert.equal(code, 0, stderr);
        assert.match(stdout, new RegExp(`\\b${p1.name}\\b`));
      }
      using at2 = Counter.at(p2);
      using tap = new Counter("tap0", { netns: ovs.netns, device: "tap0" });
      await expectFlow({ from: p1, to: p2 }, [[at2, 1], [tap, 1]]);
      await eventually(
        "the last good state",
        () => [...Deno.readDirSync(state)].some(({ name }) => /^br0\.files\..*json$/.test(name)),
      );
    } finally {
      try {
        container.kill("SIGKILL");
      } catch {
        // it has ended by itself, and the checks above have failed because of that
      }
      await container.status;
    }
  };
  await t.step(
    "where Open vSwitch runs as root, the agent runs as root without capabilities and mirrors every packet",
    async () => {
      const denied = await image.run(["cleanup", "--bridge", "br0"], options);
      assert.deepEqual([denied.code, /[Pp]ermission denied/.test(denied.stderr)], [1, true]);
      await mirrors("0:0");
      const cleaned = await image.run(["cleanup", "--bridge", "br0"], { ...options, user: "0:0" });
      assert.match(cleaned.stdout, /^Removed \d+ flows and 1 ports/);
    },
  );
  await t.step(
    "where its sockets belong to another user, the agent runs as that user",
    async () => {
      for (const socket of sockets()) await Deno.chown(socket, 65532, 65532);
      await mirrors(image.config.user);
    },
  );
});
