/** Tests of the test tools themselves: that counts, frames, wires and private switches are what tests take them for. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { frame } from "./frames.ts";
import { leftovers, removeLeftovers } from "./leftovers.ts";
import { ofport } from "./lab.ts";
import { TextLineStream } from "./lines.ts";
import { eventually, PrivateOvs } from "./ovs.ts";
import { introduce, TestPod } from "./pod.ts";
import { tryRun } from "./run.ts";
import { Counter, expectCounts, expectFlow, send } from "./traffic.ts";
import { tshark } from "./tshark.ts";
import { collector } from "./tunnel.ts";
import { devicePair } from "./wire.ts";

async function twoPods(ovs: PrivateOvs): Promise<[TestPod, TestPod]> {
  const p1 = await TestPod.attach(ovs, "p1", { ips: ["10.9.0.1/24", "fd09::1/64"], ofport: 11 });
  const p2 = await TestPod.attach(ovs, "p2", { ips: ["10.9.0.2/24", "fd09::2/64"], ofport: 12 });
  await introduce(p1, p2);
  assert.deepEqual(await p1.ping(p2.ip(), 1), { sent: 1, received: 1 });
  return [p1, p2];
}

/** Namespaces, and command lines of processes, that have the name of an instance in them. */
async function traces(name: string): Promise<string[]> {
  const found = (await Array.fromAsync(Deno.readDir("/run/netns"))).map((entry) => entry.name)
    .filter((namespace) => namespace.startsWith(name));
  for await (const { name: pid } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const command = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
    if (command.includes(name)) found.push(command.replaceAll("\0", " "));
  }
  return found;
}

Deno.test("two Pods on a bridge with NORMAL: every frame comes once, at its Pod only", async () => {
  await using ovs = await PrivateOvs.start();
  const [p1, p2] = await twoPods(ovs);
  const p3 = await TestPod.attach(ovs, "p3", { ips: ["10.9.0.3/24"] });
  using at1 = Counter.at(p1);
  using at2 = Counter.at(p2);
  using at3 = Counter.at(p3);
  for (const version of [4, 6] as const) {
    await expectFlow({ from: p1, to: p2, version, count: 200 }, [[at2, 1], [at1, 0], [at3, 0]]);
    await expectFlow({ from: p2, to: p1, version, count: 200 }, [[at1, 1], [at2, 0], [at3, 0]]);
    assert.deepEqual(await p1.ping(p2.ip(version)), { sent: 5, received: 5 });
  }
  assert.deepEqual([await ofport(ovs, "p1"), await ofport(ovs, "p2")], [11, 12]);
});

Deno.test.each([
  ["a lost frame", "table=0,priority=9,in_port=p1,actions=drop", /p2: 0/],
  [
    "a frame that comes twice",
    "table=0,priority=9,in_port=p1,actions=output:p2,output:p2",
    /p2: 40/,
  ],
])("the count shows %s", async (_what, flow, shown) => {
  await using ovs = await PrivateOvs.start();
  const [p1, p2] = await twoPods(ovs);
  await ovs.ofctl("--names", "add-flow", "br0", flow);
  await ovs.emptyCache();
  using at2 = Counter.at(p2);
  const ids = await send({ from: p1, to: p2 });
  await assert.rejects(expectCounts(ids, [[at2, 1]], { arrival: 100 }), shown);
});

Deno.test("an access port takes the VLAN tag off, and lets no other VLAN in", async () => {
  await using ovs = await PrivateOvs.start();
  const a = await TestPod.attach(ovs, "a", { ips: ["10.9.0.1/24"], vlan: 10 });
  const b = await TestPod.attach(ovs, "b", { ips: ["10.9.0.2/24"], vlan: 10 });
  const c = await TestPod.attach(ovs, "c", { ips: ["10.9.0.3/24"], vlan: 20 });
  const trunk = await TestPod.attach(ovs, "t", { ips: ["10.9.0.4/24"] });
  using atB = Counter.at(b);
  using atC = Counter.at(c);
  await expectFlow({ from: a, to: b }, [[atB, 1], [atC, 0]]);
  await expectFlow({ from: trunk, to: b, frame: { vlan: 10 } }, [[atB, 1], [atC, 0]]);
  const types = await tshark(atB.frames, ["eth.type"]);
  assert.deepEqual(new Set(types.flat()), new Set(["0x0800"]));
});

Deno.test("tshark reads from a frame what it was made of", async () => {
  const [from, to] = ["02:aa:00:00:00:01", "02:aa:00:00:00:02"];
  const v4 = frame({ from, to, source: "10.9.0.1", destination: "10.9.0.2", id: 1, vlan: 7 });
  const v6 = frame({ from, to, source: "fd09::1", destination: "fd09::2", id: 2, padding: 0 });
  const fields = ["eth.src", "eth.dst", "vlan.id", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst"];
  assert.deepEqual(await tshark([v4, v6], [...fields, "udp.length", "ip.checksum.status"]), [
    [from, to, "7", "10.9.0.1", "10.9.0.2", "", "", "32", "2"],
    [from, to, "", "", "", "fd09::1", "fd09::2", "16", ""],
  ]);
});

Deno.test.each([["10.0.10.2"], ["fd10::2"]])(
  "a collector at %s gets what a flow sends into a tunnel",
  async (remote) => {
    await using ovs = await PrivateOvs.start();
    const [p1, p2] = await twoPods(ovs);
    const far = await collector(ovs, [remote]);
    const options = ["type=vxlan", `options:remote_ip="${remote}"`, "options:key=77"];
    await ovs.vsctl("add-port", "br0", "tgt", "--", "set", "interface", "tgt", ...options);
    const flow = "priority=9,in_port=p1,actions=output:tgt,NORMAL";
    await ovs.ofctl("--names", "add-flow", "br0", flow);
    using at2 = Counter.at(p2);
    using copies = new Counter("collector", far);
    // Open vSwitch loses copies until it has learned the address and the neighbour.
    await eventually("a first copy", async () => {
      await send({ from: p1, to: p2, count: 1 });
      copies.look();
      return copies.frames.length > 0;
    });
    await expectFlow({ from: p1, to: p2, count: 100 }, [[at2, 1], [copies, 1]]);
    const rows = await tshark(copies.frames, ["udp.dstport", "vxlan.vni"]);
    assert.deepEqual(new Set(rows.map(String)), new Set(["4789,77"]));
  },
);

/** The sum of all 16-bit words of a message, if its checksum is right: RFC 1071. */
const RIGHT = 0xffff;
/** Offsets of the IP addresses and of the UDP datagram in an Ethernet frame with IPv4, in bytes. */
const UDP = { protocol: 17, addresses: 26, at: 34 } as const;

function sumOfWords(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes[at]! << 8 | bytes[at + 1]!;
  while (sum > RIGHT) sum = (sum & RIGHT) + (sum >> 16);
  return sum;
}

Deno.test("the checksum of each frame is wrong, whatever its number, so that no receiver answers", () => {
  const ends = { from: "02:00:00:00:00:01", to: "02:00:00:00:00:02" };
  const ips = { source: "10.0.0.1", destination: "10.0.0.2" };
  for (let id = 0; id <= RIGHT; id++) {
    const bytes = frame({ ...ends, ...ips, id });
    // The order of words does not matter for the sum, so the pseudo header may come first.
    const pseudo = [0, UDP.protocol, 0, bytes.length - UDP.at];
    const sum = sumOfWords(new Uint8Array([...pseudo, ...bytes.slice(UDP.addresses)]));
    assert.notEqual(sum, RIGHT, `${id}`);
  }
});

Deno.test("a frame that goes into one end of a wire comes out at the other end, in both directions", async () => {
  await using ovs = await PrivateOvs.start({ bridges: [] });
  await devicePair(ovs, ["vin", "vout"]);
  const end = (device: string) => ({ netns: ovs.netns, device });
  using atIn = new Counter("vin", end("vin"));
  using atOut = new Counter("vout", end("vout"));
  const host = { mac: "02:aa:00:00:00:01", ips: ["10.9.0.1/24"] };
  const to = { mac: "02:aa:00:00:00:02", ips: ["10.9.0.2/24"] };
  await expectFlow({ from: { ...host, ...end("vin") }, to }, [[atOut, 1], [atIn, 0]]);
  await expectFlow({ from: { ...host, ...end("vout") }, to }, [[atIn, 1], [atOut, 0]]);
});

Deno.test("after ovs-vswitchd was killed and started again, it has its ports, but no flows", async () => {
  await using ovs = await PrivateOvs.start();
  const [p1, p2] = await twoPods(ovs);
  await ovs.killVswitchd();
  await ovs.startVswitchd();
  await eventually("the ports", async () => await ofport(ovs, "p2") === 12);
  assert.equal(await ovs.ofctl("--no-stats", "dump-flows", "br0"), "");
  using at2 = Counter.at(p2);
  await expectFlow({ from: p1, to: p2 }, [[at2, 0]]);
  await ovs.ofctl("add-flow", "br0", "priority=0,actions=NORMAL");
  await p1.ping(p2.ip(), 1);
  await expectFlow({ from: p1, to: p2 }, [[at2, 1]]);
});

Deno.test("after ovsdb-server was killed and started again, ovs-vswitchd finds it", async () => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  await ovs.killOvsdbServer();
  await ovs.startOvsdbServer();
  await ovs.addBridge("br1"); // waits for ovs-vswitchd
  assert.equal(await ovs.vsctl("list-br"), "br0\nbr1\n");
});

Deno.test("several switches at once do not see each other, and leave nothing when they are stopped", async () => {
  const all = await Promise.all([1, 2, 3].map(() => PrivateOvs.start()));
  try {
    await Promise.all(all.map((ovs) => TestPod.attach(ovs, "p1", { ips: ["10.9.0.1/24"] })));
    for (const ovs of all) assert.equal(await ovs.vsctl("list-ports", "br0"), "p1\n");
  } finally {
    await Promise.all(all.map((ovs) => ovs.stop()));
  }
  for (const ovs of all) {
    assert.deepEqual(await traces(ovs.netns), []);
    await assert.rejects(Deno.stat(ovs.dir), Deno.errors.NotFound);
    await ovs.stop(); // the second time, it does nothing
  }
});

Deno.test("stop() ends a switch that does not answer", async () => {
  const ovs = await PrivateOvs.start({ datapath: "dummy" });
  const pid = (await Deno.readTextFile(join(ovs.dir, "ovs-vswitchd.pid"))).trim();
  Deno.kill(Number(pid), "SIGSTOP");
  await ovs.stop();
  assert.deepEqual(await traces(ovs.netns), []);
});

Deno.test("the processes of a killed test end, and the next run removes its namespaces and folders", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", join(import.meta.dirname!, "leave_behind.ts")],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
    .getReader();
  const name = (await lines.read()).value!;
  const isProgram = (trace: string) => !trace.startsWith(name);
  assert.equal((await traces(name)).filter(isProgram).length, 2, "server and switch are running");
  assert.ok(!(await leftovers()).namespaces.includes(name), "a running test has no leftovers");
  child.kill("SIGKILL");
  await child.status;
  await lines.cancel();
  await eventually("the end of both", async () => !(await traces(name)).some(isProgram));
  await removeLeftovers();
  assert.deepEqual(await traces(name), []);
  assert.ok(!(await leftovers()).folders.includes(name));
});

Deno.test("the error of a failed command has the command line and its output", async () => {
  await using ovs = await PrivateOvs.start({ datapath: "dummy" });
  await assert.rejects(ovs.vsctl("list", "Nope"), /ovs-vsctl.*list Nope.*exit code 1\n.*Nope/s);
  assert.equal((await tryRun("false", [])).code, 1);
});
