import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "yaml";
import { app, podObject, sluice, sluiceAlone, trafficControl } from "./lab/agent.ts";
import { Lab } from "./lab/lab.ts";
import { eventually } from "./lab/ovs.ts";
import { EXAMPLES, script } from "./lab/paths.ts";
import type { TestPod } from "./lab/pod.ts";
import { run } from "./lab/run.ts";

async function folder(files: Record<string, string>): Promise<string> {
  const dir = await Deno.makeTempDir({ prefix: "sl" });
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(join(dir, name), text);
  return dir;
}

Deno.test("help is there for every command, and what is wrong is said on stderr with code 1", async () => {
  const help = await sluice(undefined, "--help");
  for (
    const command of [
      ...[
        "agent",
        "validate",
        "plan",
        "doctor",
        "crd",
        "status",
        "trace",
        "sensor",
        "cleanup",
        "version",
      ],
    ]
  ) {
    assert.match(help.stdout, new RegExp(`^  ${command}\\b`, "m"));
    const own = await sluice(undefined, command, "--help");
    assert.equal(own.code, 0);
    assert.match(own.stdout, /^Usage: sluice /);
  }
  const unknown = await sluice(undefined, "agent", "--bridgee", "br0");
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /unknown option '--bridgee'/);
  const nobody = await sluiceAlone("status", "--address", "127.0.0.1:1");
  assert.equal(nobody.code, 1);
  assert.match(
    nobody.stderr,
    /^sluice: Cannot reach the agent at "127\.0\.0\.1:1": is it running\?/,
  );
});

Deno.test("version and crd are printed, also by scripts/sluice from another folder", async () => {
  const dir = await Deno.makeTempDir();
  assert.match(
    await run(script("sluice"), ["version"], { cwd: dir }),
    /^version: +\d+\.\d+\.\d+\n/,
  );
  assert.match(
    await run(script("sluice"), ["crd"], { cwd: dir }),
    /^apiVersion: apiextensions\.k8s\.io\/v1\n/,
  );
  await Deno.remove(dir);
});

Deno.test("validate takes the examples", async () => {
  const { code, stdout } = await sluice(undefined, "validate", "-f", EXAMPLES);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^\d+ objects, no problems\n$/);
});

Deno.test("validate reports every problem with file, line and path, and exits 1", async () => {
  const dir = await folder({
    "a.yaml": stringify(trafficControl("a", {
      appliedTo: app("web"),
      direction: "Sideways",
      action: "Redirect",
      targetPort: { vxlan: { remoteIP: "224.0.0.1" } },
    })),
    "b.yaml": "kind: Pod\nmetadata: {name: x\n",
    "c.yaml": stringify(
      trafficControl("c", {
        appliedTo: {},
        direction: "Both",
        action: "Mirror",
        targetPort: { device: { name: "x" } },
        colour: "red",
      }),
    ),
  });
  const { code, stdout } = await sluice(undefined, "validate", "-f", dir);
  assert.equal(code, 1);
  const lines = stdout.trim().split("\n").map((line) => line.replace(`${dir}/`, ""));
  assert.deepEqual(lines.slice(0, 3), [
    "a.yaml:5: /spec/returnPort: is required by action Redirect",
    'a.yaml:10: /spec/direction: must be one of Ingress, Egress, Both: is "Sideways"',
    "a.yaml:14: /spec/targetPort/vxlan/remoteIP: must be a unicast address",
  ]);
  assert.match(lines[3]!, /^b\.yaml:\d+: /);
  assert.equal(lines.at(-1), "c.yaml:12: /spec/colour: is an unknown field");
  await Deno.remove(dir, { recursive: true });
});

Deno.test("validate warns of an annotation that is no option, in its line, and exits 0", async () => {
  const spec = {
    appliedTo: app("web"),
    direction: "Both",
    action: "Redirect",
    targetPort: { device: { name: "vin" } },
    returnPort: { device: { name: "vout" } },
    failureMode: "Open",
  };
  const annotations = {
    "sluice.dev/failure-mod": "Open",
    "sluice.dev/failure-mode": "Closed",
    "example.com/note": "x",
  };
  const dir = await folder({ "a.yaml": stringify(trafficControl("a", spec, { annotations })) });
  const { code, stdout } = await sluice(undefined, "validate", "-f", dir);
  assert.equal(code, 0);
  assert.deepEqual(stdout.trim().split("\n").map((line) => line.replace(`${dir}/`, "")), [
    'a.yaml:6: /metadata/annotations/sluice.dev~1failure-mod: warning: Annotation "sluice.dev/failure-mod" ' +
    'is no option: did you mean "sluice.dev/failure-mode"? If not, remove the annotation',
    'a.yaml:7: /metadata/annotations/sluice.dev~1failure-mode: warning: Annotation "sluice.dev/failure-mode" ' +
    'has another value than field "spec.failureMode", which counts: remove the annotation',
    "1 objects, no problems; warnings: 2",
  ]);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("plan shows what would change and writes nothing; after the agent it shows nothing", async () => {
  await using lab = await Lab.start(2);
  const { ovs, agent } = lab;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  const objects = [
    podObject(p1, { app: "web" }),
    podObject(p2, {}),
    trafficControl("m", {
      appliedTo: app("web"),
      direction: "Both",
      action: "Mirror",
      targetPort: { vxlan: { remoteIP: "192.0.2.1", vni: 7 } },
    }),
  ];
  const dir = await folder({
    "all.yaml": objects.map((object) => stringify(object)).join("---\n"),
  });
  const plan = () => sluice(ovs, "plan", "-f", dir, "--bridge", "br0", "--ovsdb", ovs.db);
  const before = await ovs.ofctl("dump-flows", "--no-stats", "br0") + await ovs.vsctl("show");
  const { code, stdout, stderr } = await plan();
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /^\+ port vxlan-[0-9a-f]{8} type=vxlan remote_ip=192\.0\.2\.1 key=7 dst_port=4789 \(shown below as port \d+\)$/m,
  );
  assert.match(
    stdout,
    /^\+ flow .*table=200, priority=10,in_port=\d,dl_src=02:aa:00:00:00:01 actions=/m,
  );
  assert.match(stdout, /^\d+ to add, 0 to change, 0 to remove$/m);
  assert.equal(
    await ovs.ofctl("dump-flows", "--no-stats", "br0") + await ovs.vsctl("show"),
    before,
  );
  await agent.write("all.yaml", ...objects);
  await agent.realized("m");
  assert.equal((await plan()).stdout, "0 to add, 0 to change, 0 to remove\n");
  const status = await sluice(ovs, "status");
  assert.match(status.stdout, /^m +Mirror +Both +vxlan-[0-9a-f]{8} +- +1 +yes +0$/m);
  assert.match(status.stdout, /^default +p1 +p1 +\d +mirror vxlan-/m);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("the agent allows OpenFlow 1.5 only if it is told to; with the gate off it removes what it owns", async (t) => {
  await using lab = await Lab.start(2);
  const { ovs, agent } = lab;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  await agent.write(
    "tc.yaml",
    trafficControl("m", {
      appliedTo: app("web"),
      direction: "Both",
      action: "Mirror",
      targetPort: { ovsInternal: { name: "tap0" } },
    }),
  );
  await agent.realized("m");
  const bridgeRow = () => ovs.vsctl("--columns=protocols,external_ids", "list", "bridge", "br0");
  let before: string;
  await t.step("not unasked", async () => {
    await agent.stop();
    await ovs.vsctl("set", "bridge", "br0", "protocols=[OpenFlow10,OpenFlow13]");
    await ovs.vsctl("remove", "bridge", "br0", "external_ids", "sluice-agent");
    before = await bridgeRow();
    agent.startAgain();
    const { stdout } = await eventually("a condition", async () => {
      const status = await sluice(ovs, "status");
      return /ProtocolMissing/.test(status.stdout) && status;
    });
    assert.match(
      stdout,
      /problem: Bridge: ProtocolMissing: .*ovs-vsctl add bridge br0 protocols OpenFlow15/,
    );
    assert.doesNotMatch(await ovs.vsctl("get", "bridge", "br0", "protocols"), /OpenFlow15/);
  });
  await t.step("when told to", async () => {
    await agent.stop();
    agent.startAgain("--allow-protocol-change");
    await agent.realized("m");
    assert.match(await ovs.vsctl("get", "bridge", "br0", "protocols"), /OpenFlow13.*OpenFlow15/);
  });
  await t.step("the gate TrafficControl is off", async () => {
    await agent.stop();
    const config = join(ovs.dir, "antrea-agent.conf");
    await Deno.writeTextFile(config, "featureGates: {TrafficControl: false}\ntunnelType: geneve\n");
    agent.startAgain("--config", config);
    await agent.settled("nothing", ({ flows, ports }) => flows === 0 && ports.length === 0);
    assert.doesNotMatch(await ovs.ofctl("dump-flows", "br0"), /0x51ce/);
    assert.doesNotMatch(await ovs.vsctl("list-ports", "br0"), /tap0/);
    assert.ok(
      agent.log.some((line) =>
        /Config keys unknown to Sluice ignored keys=\["tunnelType"\]/.test(line)
      ),
    );
  });
  await t.step("cleanup takes the protocol back, and what noted it", async () => {
    await agent.stop();
    const { code, stdout } = await sluice(ovs, "cleanup", "--bridge", "br0", "--ovsdb", ovs.db);
    assert.equal(code, 0);
    assert.match(stdout, /^Bridge br0 does not allow OpenFlow15 any more, as before the agent\.$/m);
    assert.equal(await bridgeRow(), before);
  });
  await t.step("cleanup leaves a protocol that was its owner's", async () => {
    await ovs.vsctl("add", "bridge", "br0", "protocols", "OpenFlow15");
    const his = await bridgeRow();
    agent.startAgain("--allow-protocol-change");
    await agent.realized("m");
    await agent.stop();
    const { code } = await sluice(ovs, "cleanup", "--bridge", "br0", "--ovsdb", ovs.db);
    assert.equal(code, 0);
    assert.equal(await bridgeRow(), his);
  });
});
