/** scripts/install on a private host with systemd: the hardened agent mirrors packets, and uninstall leaves nothing. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { stringify } from "yaml";
import { app, internal, podObject, trafficControl } from "../lab/agent.ts";
import { eventually, PrivateOvs } from "../lab/ovs.ts";
import { commandsOf } from "../docs/pages.ts";
import { PLUGINS, ROOT, script } from "../lab/paths.ts";
import { introduce, TestPod } from "../lab/pod.ts";
import { run, tryRun } from "../lab/run.ts";
import { SystemdHost } from "./systemd.ts";
import { Counter, expectFlow } from "../lab/traffic.ts";

/** What `systemd-analyze security` may say at most, in tenths: it calls 1.8 of 10 "OK". */
const MOST_EXPOSURE = 18;
/** Number of the user `daemon` on Debian. */
const DAEMON = 1;
const MAIN_PID = ["show", "--property=MainPID", "--value", "sluice"];

async function bare(): Promise<{ ovs: PrivateOvs; pods: TestPod[] }> {
  const ovs = await PrivateOvs.start();
  const pods = [];
  for (const number of [1, 2]) {
    pods.push(await TestPod.attach(ovs, `p${number}`, { ips: [`10.9.0.${number}/24`] }));
  }
  await introduce(...pods);
  await pods[0]!.ping(pods[1]!.ip(), 1);
  return { ovs, pods };
}

Deno.test("on a host with systemd, install starts a hardened agent, and uninstall leaves nothing", async (t) => {
  const { ovs, pods: [p1, p2] } = await bare();
  await using _ovs = ovs;
  await run(script("build"), []);
  await using host = await SystemdHost.boot(ovs);
  const before = await host.changes();
  const page = await Promise.all(
    ["Install it", "Uninstall it"].map((section) => commandsOf("docs/bare-host.md", section)),
  );
  const [install, uninstall] = [page[0]!.slice(0, 4), page[1]!];
  const [reload, update] = page[0]!.slice(4) as [string, string];
  const as = async (...commands: string[]) => {
    for (const command of commands) await host.run("sh", "-ec", `cd '${ROOT}'; ${command}`);
  };
  const answers = async (path: string, wanted: RegExp) =>
    await eventually(`${path}: ${wanted}`, async () => {
      const { stdout } = await host.try(
        "curl",
        "-q",
        "-s",
        "-m",
        "5",
        `http://127.0.0.1:10360${path}`,
      );
      return wanted.test(stdout) && stdout;
    }, 30_000);
  const mirrors = async () => {
    using at2 = Counter.at(p2!);
    using tap = new Counter("tap0", { netns: ovs.netns, device: "tap0" });
    await expectFlow({ from: p1!, to: p2! }, [[at2, 1], [tap, 1]]);
  };

  await t.step("install by the commands of docs/bare-host.md", async () => {
    await as(...install.slice(0, 3));
    await answers("/readyz", /^ok/);
    assert.equal(install[3], "sluice status");
    assert.match(await host.run("sluice", "status"), /^Bridge br0: 0 flows\n/);
  });
  await t.step("systemd finds no mistake in the unit, and little exposure", async () => {
    assert.equal(await host.run("systemd-analyze", "verify", "--man=no", "sluice.service"), "");
    const security = ["security", "--offline=yes", `--threshold=${MOST_EXPOSURE}`];
    await host.run("systemd-analyze", ...security, "sluice.service");
    const process = await host.run("systemctl", ...MAIN_PID);
    const status = await host.run("cat", `/proc/${process.trim()}/status`);
    assert.match(status, /^CapEff:\t0+$/m);
    assert.match(status, /^CapBnd:\t0+$/m);
    assert.match(status, /^NoNewPrivs:\t1$/m);
    assert.match(status, /^Seccomp:\t2$/m);
    const touch = ["nsenter", "--target", process.trim(), "--mount", "touch"] as const;
    await host.run(...touch, "/var/cache/sluice/mine");
    for (const path of ["/usr/local/bin/x", "/etc/sluice/x", "/var/lib/x", "/root/x"]) {
      assert.match((await host.try(...touch, path)).stderr, /Read-only file system/);
    }
  });
  await t.step("the hardened agent mirrors every packet", async () => {
    const objects = [
      podObject(p1!, { app: "web" }),
      trafficControl("m", {
        appliedTo: app("web"),
        direction: "Both",
        action: "Mirror",
        targetPort: internal("tap0"),
      }),
    ];
    const text = objects.map((object) => stringify(object)).join("---\n");
    await host.write("/etc/sluice/manifests/all.yaml", text);
    await answers("/api/v1/state", /"name":"m".*"realized":true/);
    await mirrors();
  });
  await t.step("reload loads a plugin, in a process as hardened", async () => {
    const drop = await Deno.readTextFile(join(PLUGINS, "drop.ts"));
    await host.write("/etc/sluice/plugins/drop.ts", drop);
    await as(reload);
    await answers("/api/v1/state", /"name":"Drop"[^}]*"state":"loaded"/);
  });
  await t.step("killed, it is started again, and the packets go on", async () => {
    const first = await host.run("systemctl", ...MAIN_PID);
    await host.run("kill", "-KILL", first.trim());
    await mirrors();
    await eventually("another process", async () => {
      const now = await host.run("systemctl", ...MAIN_PID);
      return now !== first && now !== "0\n";
    });
    await answers("/api/v1/state", /"name":"m".*"realized":true/);
    await mirrors();
  });
  await t.step("a second installation keeps the settings, and restarts the agent", async () => {
    const first = await host.run("systemctl", ...MAIN_PID);
    await as(update);
    assert.match(await host.run("cat", "/etc/sluice/sluice.yaml"), /^ovsBridge: br0$/m);
    assert.notEqual(await host.run("systemctl", ...MAIN_PID), first);
  });
  await t.step(
    "the agent works as the user that Open vSwitch runs as, with its own state folder",
    async () => {
      await Deno.chmod(ovs.dir, 0o755);
      for (const socket of ["db.sock", "br0.mgmt"]) {
        await Deno.chown(join(ovs.dir, socket), DAEMON, DAEMON);
      }
      await as(
        "mkdir /etc/systemd/system/sluice.service.d",
        "printf '[Service]\\nUser=daemon\\n' >/etc/systemd/system/sluice.service.d/user.conf",
        "echo 'stateDir: /var/lib/sluice/mine' >>/etc/sluice/sluice.yaml",
        "systemctl daemon-reload; systemctl restart sluice",
      );
      const user = () => host.run("stat", "-c", "%U", "/var/cache/sluice");
      await eventually("a folder of its own", async () => await user() === "daemon\n");
      const first = await host.run("systemctl", ...MAIN_PID);
      assert.match(
        await host.run("sh", "-ec", `cd '${ROOT}'; ${update}`),
        /^install: \/var\/cache\/sluice is another user's, .*\nInstalled\./,
      );
      assert.notEqual(await host.run("systemctl", ...MAIN_PID), first);
      await answers("/api/v1/state", /"name":"m".*"realized":true/);
      await mirrors();
      await host.run("sh", "-ec", "test -s /var/lib/sluice/mine/br0.files.*.json");
    },
  );
  await t.step("if a bridge cannot be cleaned up, the agent stays installed", async () => {
    const { code, stderr } = await host.try(script("uninstall"), "--bridge", "no-such");
    assert.equal(code, 1);
    assert.match(stderr, /Cannot clean up bridge "no-such": it does not exist/);
    await host.run("test", "-x", "/usr/local/bin/sluice");
  });
  await t.step("uninstall leaves nothing: no file, no unit, no flow, no port", async () => {
    await as(...uninstall);
    assert.deepEqual(await host.changes(), before);
    assert.equal((await host.try("systemctl", "cat", "sluice")).code, 1);
    assert.equal(await ovs.vsctl("list-ports", "br0"), "p1\np2\n");
    assert.doesNotMatch(await ovs.ofctl("dump-flows", "br0"), /0x51ce/);
    using at2 = Counter.at(p2!);
    await expectFlow({ from: p1!, to: p2! }, [[at2, 1]]);
  });
  await t.step("uninstall removes an installation that failed halfway, too", async () => {
    const { code } = await host.try(script("install"), "--binary", "/no-such");
    assert.equal(code, 1);
    assert.notDeepEqual(await host.changes(), before);
    const { stderr } = await host.try("sh", "-ec", `cd '${ROOT}'; ${uninstall}`);
    assert.match(stderr, /^uninstall: no bridge is cleaned up: there is no .*sluice\n$/);
    assert.deepEqual(await host.changes(), before);
  });
});

Deno.test("install below a folder, twice, makes the same files; uninstall leaves other programs' files", async () => {
  const root = await Deno.makeTempDir({ prefix: "slroot" });
  const list = async () =>
    (await run("find", [root, "-mindepth", "1", "-printf", "%P %m\n"])).split("\n").sort();
  for (const folder of ["etc", "usr/local/bin"]) {
    await Deno.mkdir(join(root, folder), { recursive: true });
  }
  const empty = await list();
  const binary = `${root}.binary`;
  await Deno.writeTextFile(binary, "#!/bin/sh\n");
  const install = () => run(script("install"), ["--binary", binary, "--root", root]);
  await install();
  const first = await list();
  assert.ok(first.includes("usr/local/bin/sluice 755"));
  assert.ok(first.includes("etc/sluice/sluice.yaml 644"));
  const record = join(root, "usr/local/share/sluice/installed");
  const made = (await Deno.readTextFile(record)).trim().split("\n");
  assert.deepEqual(
    made.map((path) => path.slice(1)).sort(),
    first.filter((line) => !empty.includes(line)).map((line) => line.split(" ")[0]!),
  );
  await install();
  assert.deepEqual(await list(), first);
  assert.equal((await Deno.readTextFile(record)).trim().split("\n").length, made.length);

  const foreign = join(root, "usr/local/share/man/man1/other.1");
  await Deno.writeTextFile(foreign, "");
  await Deno.writeTextFile(join(root, "etc/sluice/sluice.yaml"), "ovsBridge: mine\n");
  await run(script("uninstall"), ["--keep-configuration", "--root", root]);
  assert.match(await Deno.readTextFile(join(root, "etc/sluice/sluice.yaml")), /mine/);
  await install();
  assert.match(await Deno.readTextFile(join(root, "etc/sluice/sluice.yaml")), /mine/);
  await run(script("uninstall"), ["--root", root]);
  await Deno.stat(foreign);
  const left = (await list()).filter((line) => !empty.includes(line) && line !== "");
  assert.deepEqual(left.map((line) => line.split(" ")[0]), [
    "usr/local/share",
    "usr/local/share/man",
    "usr/local/share/man/man1",
    "usr/local/share/man/man1/other.1",
  ]);
  const again = await tryRun(script("uninstall"), ["--root", root]);
  assert.deepEqual([again.code, again.stderr.startsWith("uninstall: nothing is installed")], [
    1,
    true,
  ]);
  await Deno.remove(root, { recursive: true });
  await Deno.remove(binary);
});

Deno.test("install and uninstall tell their options, and do nothing else", async () => {
  for (const [name, option] of [["install", "--binary FILE"], ["uninstall", "--bridge NAME"]]) {
    const { code, stdout } = await tryRun(script(name!), ["--help"]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^ +${option} `, "m"));
  }
});
