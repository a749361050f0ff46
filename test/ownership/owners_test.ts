/** Sluice beside owners that guard against spoofing, route, attach ports, or have MTUs and MACs of their own. */
import assert from "node:assert/strict";
import { app, internal, podObject, sluice, trafficControl } from "../lab/agent.ts";
import { flowAges, Lab, ofport } from "../lab/lab.ts";
import { eventually, type PrivateOvs } from "../lab/ovs.ts";
import { introduce, type TestPod } from "../lab/pod.ts";
import { ipIn, run } from "../lab/run.ts";
import { expectCounts, expectFlow, send } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";

type Spec = Readonly<Record<string, unknown>>;
const control = (name: string, spec: Spec) =>
  trafficControl(name, { appliedTo: app("web"), direction: "Both", ...spec });
const redirect = control("r", {
  action: "Redirect",
  targetPort: internal("tap0"),
  returnPort: internal("tap1"),
});
const mirror = (targetPort: Spec) => control("m", { action: "Mirror", targetPort });

/** The flows of the bridge's owner, without counters. */
async function ownersFlows(ovs: PrivateOvs): Promise<string[]> {
  const dump = await ovs.ofctl("dump-flows", "--no-stats", "br0");
  return dump.split("\n").filter((flow) => /actions=/.test(flow) && !/^ cookie=0x51ce/.test(flow))
    .sort();
}

// --- An owner that guards against spoofing ---

Deno.test("the owner's spoof guard works behind a redirect: 0 of 20 spoofed frames arrive", async (t) => {
  await using lab = await Lab.start(4, { forwarding: "none" });
  const [p1, attacker, p3, uplink] = lab.pods as [TestPod, TestPod, TestPod, TestPod];
  const guard = await Promise.all([p1, attacker, p3].map(async ({ name, mac }) => {
    const port = await ofport(lab.ovs, name);
    return [
      `priority=20,in_port=${port},dl_src=${mac},actions=NORMAL`,
      `priority=10,in_port=${port},actions=drop`,
    ];
  }));
  await Deno.writeTextFile(
    `${lab.ovs.dir}/flows`,
    [...guard.flat(), "priority=0,actions=NORMAL"].join("\n"),
  );
  await lab.ovs.ofctl("add-flows", "br0", `${lab.ovs.dir}/flows`);
  for (const pod of lab.pods) await pod.ping(pod === p1 ? p3.ip() : p1.ip(), 1);
  await lab.agent.write(
    "pods.yaml",
    podObject(p1, { app: "web" }),
    podObject(attacker, {}),
    podObject(p3, {}),
  );
  const at1 = lab.at(p1);
  const spoofs: readonly [string, string][] = [
    ["another Pod's", p3.mac],
    ["the receiver's own", p1.mac],
    ["a neighbour's behind the uplink", uplink.mac],
    ["unknown", "02:99:00:00:00:01"],
  ];
  const checks = async (sensor: number) => {
    for (const [, from] of spoofs) {
      for (const version of [4, 6] as const) {
        await expectFlow({ from: attacker, to: p1, version, frame: { from } }, [[at1, 0]]);
      }
    }
    const seen = lab.atDevice(sensor ? "tap0" : "lo");
    await expectFlow({ from: attacker, to: p1 }, [[at1, 1], [seen, sensor]]);
    await expectFlow({ from: uplink, to: p1 }, [[at1, 1], [seen, sensor]]);
    await expectFlow({ from: p3, to: p1 }, [[at1, 1], [seen, sensor]]);
  };
  await t.step("without Sluice", () => checks(0));
  await lab.agent.write("tc.yaml", {
    ...redirect,
    spec: { ...(redirect as { spec: Spec }).spec, direction: "Ingress" },
  });
  await lab.agent.realized("r");
  await bridgeWire(lab.ovs, ["tap0", "tap1"]);
  await t.step("with an ingress redirect", () => checks(1));
  await lab.agent.write("tc.yaml", redirect);
  await lab.agent.settled(
    "both",
    ({ trafficControls: [tc] }) => tc?.direction === "Both" && tc.realized,
  );
  await t.step("with a redirect in both directions", () => checks(1));
});

// --- An owner that routes ---

const GATEWAY = "02:ff:00:00:00:01";
/** Offsets in a frame, in bytes: of the time to live of IPv4, and of the hop limit of IPv6. */
const TTL = { 4: 22, 6: 21 } as const;
const SENT_TTL = 64;

/** Flows that route between Pods in different subnets: table 5 matches, table 10 rewrites, table 20 sends. */
async function routerFlows(ovs: PrivateOvs, pods: readonly TestPod[]): Promise<string> {
  const routes = await Promise.all(pods.map(async (pod) => {
    const port = await ofport(ovs, pod.name);
    const rewrite = `dec_ttl,set_field:${GATEWAY}->eth_src,set_field:${pod.mac}->eth_dst`;
    return [
      `table=10,priority=50,ip,nw_dst=${
        pod.ip(4)
      },actions=${rewrite},set_field:${port}->reg0,goto_table:20`,
      `table=10,priority=50,ipv6,ipv6_dst=${
        pod.ip(6)
      },actions=${rewrite},set_field:${port}->reg0,goto_table:20`,
    ];
  }));
  return [
    "table=0,priority=100,ip,actions=set_field:0x1->reg3,goto_table:5",
    "table=0,priority=100,ipv6,actions=set_field:0x1->reg3,goto_table:5",
    "table=5,priority=1,reg3=0x1,actions=goto_table:10",
    ...routes.flat(),
    "table=20,priority=1,actions=output:NXM_NX_REG0[]",
  ].join("\n");
}

async function routedLab() {
  const lab = await Lab.start(0, { forwarding: "none" });
  const pods: TestPod[] = [];
  for (const number of [1, 2, 3]) {
    const pod = await lab.addPod(`p${number}`, {
      ips: [`10.${number}.0.2/24`, `fd0${number}::2/64`],
    });
    const gateways = { 4: `10.${number}.0.1`, 6: `fd0${number}::1` };
    for (const gateway of Object.values(gateways)) {
      await ipIn(
        pod.netns,
        "neigh",
        "replace",
        gateway,
        "lladdr",
        GATEWAY,
        "dev",
        "eth0",
        "nud",
        "permanent",
      );
      await ipIn(
        pod.netns,
        ...(gateway.includes(":") ? ["-6"] : []),
        "route",
        "add",
        "default",
        "via",
        gateway,
      );
    }
    pods.push(pod);
  }
  await Deno.writeTextFile(`${lab.ovs.dir}/flows`, await routerFlows(lab.ovs, pods));
  await lab.ovs.ofctl("add-flows", "br0", `${lab.ovs.dir}/flows`);
  return { lab, pods: pods as [TestPod, TestPod, TestPod] };
}

Deno.test("if the owner routes, packets are routed once; lost flows of Sluice are back in a second", async (t) => {
  const { lab, pods: [p1, p2, p3] } = await routedLab();
  await using _ = lab;
  const { ovs, agent } = lab;
  const before = await ownersFlows(ovs);
  const byIP = { annotations: { "sluice.dev/match": "ip" } };
  await agent.write(
    "pods.yaml",
    podObject(p1, { app: "web" }, byIP),
    podObject(p2, { app: "db" }, byIP),
    podObject(p3, {}, byIP),
  );
  await agent.write("tc.yaml", redirect, mirror(internal("ids0")));
  await agent.realized("m", "r");
  await bridgeWire(ovs, ["tap0", "tap1"]);
  const [at1, at2, at3] = [lab.at(p1), lab.at(p2), lab.at(p3)];
  const [sensor, ids] = [lab.atDevice("tap0"), lab.atDevice("ids0")];
  const works = async () => {
    for (const version of [4, 6] as const) {
      for (const [from, to, at, elsewhere] of [[p1, p2, at2, at1], [p2, p1, at1, at2]] as const) {
        const sent = await send({ from, to: { mac: GATEWAY, ips: to.ips }, version });
        await expectCounts(sent, [[at, 1], [sensor, 1], [ids, 1], [elsewhere, 0], [at3, 0]]);
        const ttls = at.frames.map((frame) => frame[TTL[version]]);
        assert.deepEqual(new Set(ttls), new Set([SENT_TTL - 1]), "routed once");
        at.reset();
      }
      assert.deepEqual(await p2.ping(p1.ip(version)), { sent: 5, received: 5 });
    }
    await expectCounts(
      await send({ from: p2, to: { mac: GATEWAY, ips: p3.ips } }),
      [[at3, 1], [sensor, 0], [ids, 0]],
    );
  };
  await t.step("through the pair and the mirror", works);
  assert.deepEqual(await ownersFlows(ovs), before);
  const flows = (await flowAges(ovs)).size;
  const takings: readonly [string, () => Promise<unknown>][] = [
    ["replace-flows", () => ovs.ofctl("replace-flows", "br0", `${ovs.dir}/flows`)],
    ["del-flows", async () => {
      await ovs.ofctl("del-flows", "br0");
      await ovs.ofctl("add-flows", "br0", `${ovs.dir}/flows`);
    }],
  ];
  for (const [what, take] of takings) {
    await t.step(`after the owner's ${what}`, async () => {
      await take();
      await eventually("Sluice's flows", async () => (await flowAges(ovs)).size === flows, 1000);
      await agent.realized("m", "r");
      await works();
      assert.deepEqual(await ownersFlows(ovs), before);
    });
  }
});

// --- A port that the owner has attached ---

Deno.test("a port of the owner can be a target: its rows stay as they are, and it floods again later", async () => {
  await using lab = await Lab.start(2);
  const { ovs, agent } = lab;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await ipIn(ovs.netns, "link", "add", "name", "his0", "type", "veth", "peer", "name", "his0-x");
  for (const device of ["his0", "his0-x"]) {
    await ipIn(ovs.netns, "link", "set", "dev", device, "up");
  }
  await ovs.vsctl("add-port", "br0", "his0", "--", "set", "port", "his0", "external_ids:note=his");
  const rows = async () =>
    await ovs.vsctl("list", "port", "his0") +
    await ovs.vsctl(
      "--columns=external_ids,options,type,mtu,mtu_request,ofport",
      "list",
      "interface",
      "his0",
    );
  const floods = async () => {
    const show = await run("ovs-ofctl", ["-O", "OpenFlow10", "show", "br0"], {
      env: ovs.environment,
    });
    return !/\(his0\): addr.*\n +config: +NO_FLOOD/.test(show);
  };
  const ids = () => ovs.vsctl("get", "bridge", "br0", "external_ids").then((text) => text.trim());
  const before = await rows();
  await agent.write("pods.yaml", podObject(p1, { app: "web" }));
  for (const end of ["deleted", "deleted while the agent was away", "cleaned up"]) {
    await agent.write("tc.yaml", mirror({ device: { name: "his0" } }));
    await agent.realized("m");
    await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 1], [lab.atDevice("his0-x"), 1]]);
    assert.deepEqual([await rows(), await floods()], [before, false]);
    if (end === "deleted") {
      await agent.delete("tc.yaml");
      await agent.realized();
    } else {
      await agent.kill();
      if (end === "cleaned up") {
        const { code, stderr } = await sluice(ovs, "cleanup", "--bridge", "br0", "--ovsdb", ovs.db);
        assert.equal(code, 0, stderr);
      } else {
        await agent.delete("tc.yaml");
        agent.startAgain();
        await agent.realized();
      }
    }
    await eventually("that it floods again", floods, 1000);
    assert.deepEqual([await rows(), await ids()], [before, "{}"], end);
    await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 1], [lab.atDevice("his0-x"), 0]]);
  }
});

// --- MTUs ---

Deno.test("the MTU of the owner's ports never changes", async () => {
  await using lab = await Lab.start(0);
  const { ovs, agent } = lab;
  const LARGE = "9000";
  await ovs.vsctl("add-port", "br0", "gw0", "--", "set", "interface", "gw0", "type=internal");
  await ovs.vsctl(
    ...["add-port", "br0", "gw1", "--", "set", "interface", "gw1", "type=internal"],
    `mtu_request=${LARGE}`,
  );
  for (const name of ["p1", "p2"]) {
    const pod = await lab.addPod(name);
    await ipIn(pod.netns, "link", "set", "eth0", "mtu", LARGE);
    await ipIn(ovs.netns, "link", "set", name, "mtu", LARGE);
  }
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await introduce(p1, p2);
  await ipIn(
    ovs.netns,
    "link",
    "add",
    "name",
    "small0",
    "mtu",
    "1500",
    "type",
    "veth",
    "peer",
    "name",
    "small0-x",
    "mtu",
    "1500",
  );
  const theirs = ["br0", "gw0", "gw1", "p1", "p2"];
  const mtus = () =>
    Promise.all(
      theirs.map(async (name) => (await ovs.vsctl("get", "interface", name, "mtu")).trim()),
    );
  const expected = theirs.map(() => LARGE);
  await eventually("OVS's own settling", async () => (await mtus()).join() === expected.join());
  await agent.write("pods.yaml", podObject(p1, { app: "web" }), podObject(p2, {}));
  const targets = [
    internal("ids0"),
    { device: { name: "small0" } },
    { vxlan: { remoteIP: "192.0.2.1" } },
    { geneve: { remoteIP: "192.0.2.1" } },
    { gre: { remoteIP: "192.0.2.1" } },
    { erspan: { remoteIP: "192.0.2.2", version: 1, sessionID: 3 } },
  ];
  for (const target of targets) {
    await agent.write("tc.yaml", mirror(target));
    await agent.settled(
      Object.keys(target)[0]!,
      ({ trafficControls: [tc], ports }) => tc?.realized === true && ports.length > 0,
    );
    assert.deepEqual(await mtus(), expected, JSON.stringify(target));
  }
  await agent.write("tc.yaml", redirect);
  await agent.realized("r");
  assert.deepEqual(await mtus(), expected);
  await agent.delete("tc.yaml");
  await agent.realized();
  assert.deepEqual(await mtus(), expected);
});

Deno.test("Sluice's ports follow the bridge's smallest MTU, and a device with a larger MTU keeps it", async () => {
  await using lab = await Lab.start(2);
  const { ovs, agent } = lab;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  const mtu = async (name: string) => Number(await ovs.vsctl("get", "interface", name, "mtu"));
  const setMTU = (bytes: number) => ipIn(ovs.netns, "link", "set", p2.name, "mtu", `${bytes}`);
  const all = async (bytes: number, ...names: string[]) =>
    (await Promise.all(names.map(mtu))).every((each) => each === bytes);
  await ovs.vsctl("add-port", "br0", "gw0", "--", "set", "interface", "gw0", "type=internal");
  await setMTU(1400);
  await eventually("OVS's own settling", () => all(1400, "br0", "gw0"));
  await ipIn(
    ovs.netns,
    "link",
    "add",
    "name",
    "dev0",
    "mtu",
    "9000",
    "type",
    "veth",
    "peer",
    "name",
    "dev0-x",
  );
  await agent.write("pods.yaml", podObject(p1, { app: "web" }));
  await agent.write("tc.yaml", mirror(internal("ids0")));
  await agent.write("dev.yaml", {
    ...mirror({ device: { name: "dev0" } }),
    metadata: { name: "d" },
  });
  await agent.realized("d", "m");
  assert.ok(await all(1400, "br0", "gw0", "ids0"));
  for (const bytes of [1500, 9000, 1450]) {
    await setMTU(bytes);
    const smallest = Math.min(bytes, await mtu(p1.name));
    await eventually(
      "the MTUs of the owner's and of Sluice's ports",
      () => all(smallest, "br0", "gw0", "ids0"),
      1000,
    );
    assert.equal(await mtu("dev0"), 9000);
  }
  await agent.delete("dev.yaml");
  await agent.realized("m");
  const link = await ipIn(ovs.netns, "link", "show", "dev0");
  assert.match(link, /mtu 9000/);
});

Deno.test("a device with a low MAC changes neither the bridge's MAC nor its datapath ID", async () => {
  await using lab = await Lab.start(2);
  const { ovs, agent } = lab;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  const own = async () =>
    await ovs.vsctl("get", "bridge", "br0", "datapath_id") +
    await ovs.vsctl("get", "interface", "br0", "mac_in_use");
  const before = await own();
  await ipIn(
    ovs.netns,
    "link",
    "add",
    "name",
    "dev0",
    "address",
    "00:1b:21:00:00:01",
    "type",
    "veth",
    "peer",
    "name",
    "dev0-x",
  );
  for (const end of ["dev0", "dev0-x"]) await ipIn(ovs.netns, "link", "set", "dev", end, "up");
  await agent.write("pods.yaml", podObject(p1, { app: "web" }));
  await agent.write("tc.yaml", mirror({ device: { name: "dev0" } }));
  await agent.realized("m");
  await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 1], [lab.atDevice("dev0-x"), 1]]);
  assert.equal(await own(), before);
});
