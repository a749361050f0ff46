/** What `sluice doctor` says of a node: that all is well, what is left behind, whose the bridge is. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { sluice } from "../lab/agent.ts";
import { PrivateOvs } from "../lab/ovs.ts";
import { MAIN, ROOT } from "../lab/paths.ts";
import { tryRun } from "../lab/run.ts";
import { devices, snapshot } from "../ownership/snapshot.ts";
import { ills, parseReport, patient, type Report } from "./patient.ts";

/** What differs from run to run. */
const general = (text: string, { dir }: PrivateOvs) =>
  text.replaceAll(dir, "RUN").replace(/is set: .*/, "is set: NOW").replaceAll(/ +\n/g, "\n")
    .replace(/with process \d+ on host "[^"]+", which runs since [\dTZ:.-]+$/m, "HOLDER");

const WELL = `Node node1, bridge br0

ok   ovsdb-socket      "unix:RUN/db.sock" answers
ok   openflow-socket   "unix:RUN/br0.mgmt" answers
ok   ovs-version       Open vSwitch 3.1.0 (tested: 3.1, 3.5, 4.0)
ok   bridge            Bridge "br0" is there
ok   datapath          Bridge "br0" is on the userspace datapath
ok   fail-mode         Fail mode is secure, 0 controllers
ok   protocols         Bridge "br0" allows OpenFlow 1.0 and 1.5
ok   owners            No owner's marks are seen: pipeline interpose
ok   tables            Tables 200 to 215 are free, or ours
ok   flooding          No flow of others would make a redirect loop
ok   senders           The switch remembers all senders to redirected Pods
ok   leftovers         Nothing of Sluice's is left over
ok   ports             Open vSwitch has made every port
ok   tunnels           No two tunnels are the same
ok   mtu               Packets of 1500 bytes, the largest of the bridge, fit through every port of Sluice's, and in every tunnel
ok   config-file       Every value can be used
ok   clock             The clock is set: NOW
ok   manifests         Every manifest under "RUN/manifests" can be read
ok   holder            Bridge "br0" is in the hands of the agent HOLDER
ok   agent             The agent at "127.0.0.1:10360" is ready
ok   controls          Nothing hinders any of 1 TrafficControls
ok   sensors           No redirect has sensors that are probed

Problems: 0, warnings: 0
`;

/** All that somebody could have written. */
async function state(ovs: PrivateOvs): Promise<string> {
  const { exact, own } = await snapshot(ovs);
  const flows = await ovs.ofctl("--no-stats", "--no-names", "dump-flows", "br0");
  return [exact, ...own, flows, await devices(ovs)].join("\n");
}

Deno.test("a node that is well: all is ok, exit code 0, and nothing is written", async () => {
  await using well = await patient();
  await well.well();
  const before = await state(well.ovs);
  const { code, stdout, stderr } = await well.text();
  assert.equal(general(stdout, well.ovs), WELL);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.equal(await state(well.ovs), before);
  const page = await Deno.readTextFile(join(ROOT, "docs", "doctor.md"));
  for (const [, check] of WELL.matchAll(/^ok +(\S+)/gm)) {
    assert.ok(page.includes(`\`${check}\``), `${check}`);
  }
});

Deno.test("the doctor takes every option of the agent's command line", async () => {
  const optionsOf = async (command: string) => {
    const { stdout } = await sluice(undefined, command, "--help");
    return [...stdout.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option!);
  };
  const doctors = new Set(await optionsOf("doctor"));
  const agents = await optionsOf("agent");
  assert.ok(agents.includes("--state-dir"));
  assert.deepEqual(agents.filter((option) => !doctors.has(option)), []);
});

Deno.test("what an agent has left behind: a warning, and cleanup removes it", async () => {
  await using left = await patient();
  await left.lab.agent.stop();
  const before = await state(left.ovs);
  const [leftovers, agent] = ills(await left.look());
  assert.equal(await state(left.ovs), before);
  assert.equal(leftovers?.level, "warning");
  assert.match(
    leftovers.message,
    /^Bridge "br0" has ports "ids0", \d+ flows of Sluice's, and no agent of it answers$/,
  );
  assert.match(leftovers.cure!, /^start the agent, or run "sluice cleanup --bridge br0 --ovsdb /);
  assert.match(agent?.message ?? "", /^No agent answers at "127\.0\.0\.1:10360"/);
  await left.carryOut(leftovers.cure!);
  assert.deepEqual(ills(await left.look()).map(({ check }) => check), ["agent"]);
  left.lab.agent.startAgain();
  await left.well();
});

/** The number of the user "nobody". */
const NOBODY = 65534;

Deno.test("a socket that we may not connect to", async () => {
  await using ovs = await PrivateOvs.start();
  const socket = join(ovs.dir, "db.sock");
  await Deno.chown(socket, NOBODY, NOBODY);
  await Deno.chmod(socket, 0o600);
  // Root without the right to override permissions: what it owns it may read, also Deno's cache.
  const rights = "--bounding-set=-dac_override,-dac_read_search";
  // In the switch's network namespace the doctor does not see the routes and devices of the machine.
  const look = (...wrapper: string[]) =>
    tryRun("ip", [
      ...["netns", "exec", ovs.netns, ...wrapper, Deno.execPath(), "run", "-A", MAIN],
      ...["doctor", "--bridge", "br0", "--ovsdb", ovs.db, "--listen", "127.0.0.1:1", "-o", "json"],
    ]);
  const [denied] = ills(parseReport(await look("setpriv", rights)));
  assert.equal(
    denied?.message,
    `User 0 may not connect to "${ovs.db}", which has mode 0600, owner 65534 and group 65534`,
  );
  assert.equal(denied.cure, "run Sluice as the socket's owner, or as root");
  assert.deepEqual(ills(parseReport(await look())).map(({ check }) => check), ["agent"]);
});

/** Rows as each owner writes them: /docs/decisions/002-whose-port-is-it.md. */
const OWNERS: readonly (readonly [string, string, string, string])[] = [
  ["Antrea", "port", "antrea-type", "container"],
  ["OVN-Kubernetes", "interface", "iface-id-ver", "8f7e"],
  ["Kube-OVN", "interface", "vendor", "kube-ovn"],
  ["ovs-cni", "port", "owner", "ovs-cni.network.kubevirt.io"],
  ["OpenStack (Nova and Neutron)", "interface", "vm-uuid", "8f7e"],
  ["libvirt", "interface", "vm-id", "8f7e"],
];

Deno.test("owners are known by their marks, with the pipeline that it means", async () => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  await ovs.vsctl("add-port", "br0", "p1", "--", "set", "interface", "p1", "type=internal");
  const look = async (): Promise<Report> =>
    parseReport(await sluice(ovs, "doctor", "--bridge", "br0", "--ovsdb", ovs.db, "-o", "json"));
  for (const [, table, key, value] of OWNERS) {
    await ovs.vsctl("set", table, "p1", `external_ids:${key}=${value}`);
  }
  const messages = (report: Report) =>
    report.findings.filter(({ check }) => check === "owners").map(({ message }) => message);
  const interpose = messages(await look());
  for (const [index, [name, table, key]] of OWNERS.entries()) {
    const row = table === "port" ? "Port" : "Interface";
    const head = `${name} is seen (${row} external_ids:${key} in 1 rows): pipeline interpose`;
    assert.ok(interpose[index]?.startsWith(head), interpose.join("\n"));
  }
  assert.equal(interpose.length, OWNERS.length);
  await ovs.vsctl("set", "Open_vSwitch", ".", "external_ids:ovn-remote=ssl:192.0.2.1:6642");
  assert.ok(
    messages(await look()).includes(
      "OVN is seen (Open_vSwitch external_ids:ovn-remote): pipeline interpose",
    ),
    "its bridge is br-int",
  ); // deno-fmt-ignore
  await ovs.vsctl("set", "Open_vSwitch", ".", "external_ids:ovn-bridge-mappings=physnet1:br0");
  await ovs.vsctl("br-set-external-id", "br0", "bridge-uplink", "eth0");
  const [unsupported, ...others] = messages(await look());
  assert.match(unsupported!, /^Bridge "br0" is OVN-Kubernetes' gateway/);
  for (const message of others) assert.match(message, /: no pipeline/);
});

Deno.test("a source without what it needs is found", async () => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  const source = ["--source", "files", "-o", "json"];
  const report = parseReport(
    await sluice(ovs, "doctor", "--bridge", "br0", "--ovsdb", ovs.db, ...source),
  );
  const found = report.findings.filter(({ check }) => check === "source");
  assert.deepEqual(found.map(({ level, message, cure }) => [level, message, cure]), [
    ["problem", 'Cannot use source "files": --manifests is not given', "give it what it needs"],
  ]);
});
