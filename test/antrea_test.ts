/** What Sluice does where Antrea's TrafficControl fails: the lines of the table in docs/antrea.md. */
import assert from "node:assert/strict";
import { app, internal, podObject, type TestAgent, trafficControl } from "./lab/agent.ts";
import { flowAges, Lab, ofport } from "./lab/lab.ts";
import { eventually, type PrivateOvs } from "./lab/ovs.ts";
import type { TestPod } from "./lab/pod.ts";
import { ipIn } from "./lab/run.ts";
import { expectCounts, expectFlow, send } from "./lab/traffic.ts";
import { bridgeWire, rewire } from "./lab/wire.ts";

type Spec = Readonly<Record<string, unknown>>;
const device = (name: string) => ({ device: { name } });
const web = { appliedTo: app("web"), direction: "Both" };
const mirror = (name: string, targetPort: Spec, more: Spec = {}) =>
  trafficControl(name, { ...web, action: "Mirror", targetPort, ...more });
const redirect = (name: string, targetPort: Spec, returnPort: Spec, more: Spec = {}) =>
  trafficControl(name, { ...web, action: "Redirect", targetPort, returnPort, ...more });

interface Bench {
  readonly lab: Lab;
  readonly ovs: PrivateOvs;
  readonly agent: TestAgent;
  readonly p1: TestPod;
  readonly p2: TestPod;
}

/** Two Pods, of which the first is selected. */
async function start(): Promise<Bench & AsyncDisposable> {
  const lab = await Lab.start(2);
  const { ovs, agent } = lab;
  const [p1, p2] = lab.pods as [TestPod, TestPod];
  await agent.write("p1.yaml", podObject(p1, { app: "web" }));
  await agent.write("p2.yaml", podObject(p2, { app: "db" }));
  return { lab, ovs, agent, p1, p2, [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() };
}

const ports = async (ovs: PrivateOvs) =>
  (await ovs.vsctl("list-ports", "br0")).trim().split("\n").filter((name) => !/^p\d+$/.test(name));

/** Once a pair has drained. */
const leftAre = (ovs: PrivateOvs, ...names: readonly string[]) =>
  eventually(`no port but ${names}`, async () => (await ports(ovs)).join() === names.join());

async function veth(ovs: PrivateOvs, name: string): Promise<void> {
  await ipIn(ovs.netns, "link", "add", "name", name, "type", "veth", "peer", "name", `${name}-x`);
  for (const end of [name, `${name}-x`]) await ipIn(ovs.netns, "link", "set", "dev", end, "up");
}

/** The Pods talk, and the sensor of each name sees every packet so often. */
async function talk({ lab, p1, p2 }: Bench, seen: Readonly<Record<string, number>> = {}) {
  const sensors = Object.entries(seen).map(([name, times]) => [lab.atDevice(name), times] as const);
  await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 1], ...sensors]);
  await expectFlow({ from: p2, to: p1, version: 6 }, [[lab.at(p1), 1], ...sensors]);
}

Deno.test("unlike Antrea: ports and flows of a pair go when they are not asked for any more", async (t) => {
  await using bench = await start();
  const { ovs, agent } = bench;
  await agent.write("tc.yaml", redirect("r", internal("tap0"), internal("tap1")));
  await agent.realized("r");
  await t.step("another return port", async () => {
    await agent.write("tc.yaml", redirect("r", internal("tap0"), internal("tap2")));
    await agent.settled("it", ({ trafficControls: [tc] }) => tc?.return === "tap2" && tc.realized);
    await leftAre(ovs, "tap0", "tap2");
    await bridgeWire(ovs, ["tap0", "tap2"]);
    await talk(bench, { tap0: 1 });
  });
  await t.step("from Redirect to Mirror", async () => {
    await agent.write("tc.yaml", mirror("r", internal("ids0")));
    await agent.settled(
      "it",
      ({ trafficControls: [tc] }) => tc?.action === "Mirror" && tc.realized,
    );
    await leftAre(ovs, "ids0");
    await talk(bench, { ids0: 1 });
    assert.deepEqual(
      [...(await flowAges(ovs)).keys()].filter((flow) => /priority=6553[45]/.test(flow)),
      [],
    );
  });
  await t.step("target and return are one port, and the TrafficControl goes", async () => {
    await agent.write("tc.yaml", redirect("r", internal("one0"), internal("one0")));
    await agent.settled("it", ({ trafficControls: [tc] }) => tc?.target === "one0" && tc.realized);
    await agent.delete("tc.yaml");
    await leftAre(ovs);
    assert.equal((await flowAges(ovs)).size, 0);
    await talk(bench);
  });
});

Deno.test("unlike Antrea: what changes while the agent is away, or under its hands", async (t) => {
  await using bench = await start();
  const { ovs, agent } = bench;
  await veth(ovs, "dev0");
  await agent.write("tc.yaml", mirror("m", device("dev0")));
  await agent.write("r.yaml", redirect("r", internal("tap0"), internal("tap1")));
  await agent.realized("m", "r");
  await bridgeWire(ovs, ["tap0", "tap1"]);
  await talk(bench, { "dev0-x": 1, tap0: 1 });
  await t.step("the device is made again under its name, with another number", async () => {
    const before = await ofport(ovs, "dev0");
    await ipIn(ovs.netns, "link", "del", "dev0");
    await agent.settled(
      "a condition",
      ({ trafficControls: [m] }) => m?.conditions[0]?.reason === "DeviceMissing",
    );
    await talk(bench, { tap0: 1 });
    await veth(ovs, "dev0");
    await agent.realized("m", "r");
    await talk(bench, { "dev0-x": 1, tap0: 1 });
    assert.notEqual(await ofport(ovs, "dev0"), before);
  });
  await t.step("the switch gives ports other numbers", async () => {
    const before = await ofport(ovs, "tap0");
    await ovs.vsctl("set", "interface", "tap0", "ofport_request=77");
    await eventually("the number", async () => await ofport(ovs, "tap0") === 77);
    await agent.settled(
      "it",
      ({ ports }) => ports.some(({ name, ofport }) => name === "tap0" && ofport === 77),
    );
    assert.notEqual(before, 77);
    await rewire(ovs, ["tap0", "tap1"]); // it was made anew, too
    await eventually(
      "the wire",
      async () => (await bench.p1.ping(bench.p2.ip(), 1)).received === 1,
    );
    await talk(bench, { "dev0-x": 1, tap0: 1 });
  });
  await t.step(
    "the device goes while the agent is away: nobody's traffic is lost",
    async () => {
      await agent.kill();
      await ipIn(ovs.netns, "link", "del", "dev0");
      agent.startAgain();
      await agent.settled(
        "a condition",
        ({ trafficControls: [m] }) => m?.conditions[0]?.reason === "DeviceMissing",
      );
      await talk(bench, { tap0: 1 });
      await leftAre(ovs, "tap0", "tap1"); // no row with ofport -1
    },
  );
  await t.step("TrafficControls go while the agent is away", async () => {
    await agent.kill();
    await agent.delete("tc.yaml");
    await agent.delete("r.yaml");
    agent.startAgain();
    await leftAre(ovs);
    assert.equal((await flowAges(ovs)).size, 0);
    await talk(bench);
  });
});

Deno.test("unlike Antrea: what users may write does not stop the feature", async (t) => {
  await using bench = await start();
  const { agent, ovs } = bench;
  await agent.write("m.yaml", mirror("m", internal("ids0")));
  await agent.realized("m");
  await t.step("a selector with In and no values", async () => {
    const expression = { key: "app", operator: "In", values: [] };
    const bad = { appliedTo: { podSelector: { matchExpressions: [expression] } } };
    await agent.write("z.yaml", mirror("z", internal("ids1"), bad));
    const { trafficControls } = await agent.settled(
      "it",
      ({ trafficControls }) => trafficControls.length === 2,
    );
    assert.equal(trafficControls[1]?.conditions[0]?.reason, "Invalid");
    assert.match(trafficControls[1]!.conditions[0]!.message, /values/);
    await talk(bench, { ids0: 1 });
    await agent.delete("z.yaml");
  });
  await t.step("the largest GRE key; and a restart beside it", async () => {
    await agent.write("z.yaml", mirror("z", { gre: { remoteIP: "192.0.2.1", key: 4294967295 } }));
    const { ports } = await agent.realized("m", "z");
    const gre = ports.find(({ name }) => name.startsWith("gre"))!;
    assert.match(await ovs.vsctl("get", "interface", gre.name, "options:key"), /4294967295/);
    const before = await flowAges(ovs);
    await agent.kill();
    agent.startAgain();
    await agent.realized("m", "z");
    assert.deepEqual([...(await flowAges(ovs)).keys()].sort(), [...before.keys()].sort());
  });
  await t.step("ERSPAN hardware IDs are what was written", async () => {
    for (const hardwareID of [10, 16, 63]) {
      await agent.write(
        "z.yaml",
        mirror("z", {
          erspan: { remoteIP: "192.0.2.1", version: 2, sessionID: 1, dir: 0, hardwareID },
        }),
      );
      const { ports } = await agent.settled(
        "it",
        ({ trafficControls, ports }) =>
          trafficControls[1]?.realized === true &&
          ports.some(({ name }) => name.startsWith("erspan")),
      );
      const name = ports.find(({ name }) => name.startsWith("erspan"))!.name;
      await eventually("the ID", async () => {
        const written = await ovs.vsctl("get", "interface", name, "options:erspan_hwid");
        return written.trim().replaceAll('"', "") === `0x${hardwareID.toString(16)}`;
      });
    }
    await agent.delete("z.yaml");
  });
  await t.step("a mirror's target that a later pair wants for its return port", async () => {
    const pair = redirect("z", internal("tap0"), internal("tap1"));
    await agent.write("z.yaml", mirror("a", internal("tap1"), { appliedTo: app("db") }), pair);
    const { trafficControls } = await agent.settled(
      "a Conflict",
      ({ trafficControls: [a, , z] }) => a?.realized === true && z?.conditions.length === 1,
    );
    assert.equal(trafficControls[2]!.conditions[0]!.reason, "Conflict");
    await talk(bench, { ids0: 1, tap1: 1 });
    await agent.write("z.yaml", pair);
    await agent.realized("m", "z");
    await bridgeWire(ovs, ["tap0", "tap1"]);
    await talk(bench, { ids0: 1, tap0: 1 });
    await agent.delete("z.yaml");
  });
  await t.step("names like port numbers", async () => {
    await agent.delete("m.yaml");
    const pair = (name: string) => redirect(name, internal("in1"), internal("out1"));
    const names = Array.from({ length: 20 }, (_, index) => `${index + 1}`);
    await agent.write("z.yaml", ...names.map(pair));
    await agent.realized(...names);
    await bridgeWire(ovs, ["in1", "out1"]);
    await talk(bench, { in1: 1 });
    const number = `${await ofport(ovs, "out1")}`; // what its flows know the pair by
    await agent.write("z.yaml", pair(number));
    await agent.realized(number);
    await talk(bench, { in1: 1 });
  });
});

Deno.test("unlike Antrea: ports that fail, and which TrafficControl has the Pod", async (t) => {
  await using bench = await start();
  const { agent, ovs } = bench;
  const at = (second: number) => ({ creationTimestamp: `2026-01-01T00:00:0${second}Z` });
  const dated = (object: object, second: number) => {
    const { metadata, ...rest } = object as { metadata: object };
    return { ...rest, metadata: { ...metadata, ...at(second) } };
  };
  const older = dated(redirect("z-older", device("dev0"), internal("tap1")), 1);
  const younger = dated(redirect("a-younger", internal("tap2"), internal("tap3")), 2);
  await t.step("a device that does not exist leaves no row behind", async () => {
    await agent.write("older.yaml", older);
    await agent.settled(
      "a condition",
      ({ trafficControls: [tc] }) => tc?.conditions[0]?.reason === "DeviceMissing",
    );
    assert.ok(!(await ports(ovs)).includes("dev0"));
    await talk(bench);
  });
  await t.step("the younger has the Pod as long as the older cannot", async () => {
    await agent.write("younger.yaml", younger);
    await agent.settled("it", ({ trafficControls: [a] }) => a?.realized === true);
    await bridgeWire(ovs, ["tap2", "tap3"]);
    await talk(bench, { tap2: 1 });
  });
  await t.step("the device comes, and the older takes over", async () => {
    await veth(ovs, "dev0");
    await agent.settled(
      "it",
      ({ trafficControls: [a, z] }) =>
        z?.realized === true && a?.conditions[0]?.reason === "Superseded",
    );
    await bridgeWire(ovs, ["dev0-x", "tap1"]);
    await talk(bench, { "dev0-x": 1, tap2: 0 });
  });
  await t.step("the same one after every restart", async () => {
    for (let restart = 0; restart < 3; restart++) {
      await agent.kill();
      agent.startAgain();
      const { trafficControls } = await agent.settled(
        "it",
        ({ trafficControls }) => trafficControls.length === 2,
      );
      assert.deepEqual(trafficControls.map(({ realized }) => realized), [false, true]);
    }
    await talk(bench, { "dev0-x": 1, tap2: 0 });
  });
  await t.step(
    "a target that cannot be made black-holes nothing, and the next in line has the Pod",
    async () => {
      await agent.write(
        "older.yaml",
        dated(redirect("z-older", device("nope0"), internal("tap1")), 1),
      );
      await agent.settled(
        "it",
        ({ trafficControls: [a, z] }) =>
          a?.realized === true && z?.conditions[0]?.reason === "DeviceMissing",
      );
      await talk(bench, { tap2: 1 });
      await agent.delete("younger.yaml");
      await agent.settled("it", ({ trafficControls }) => trafficControls.length === 1);
      await talk(bench);
    },
  );
});

Deno.test("unlike Antrea: two Pods, two ports, two kinds, no Pod", async (t) => {
  await using bench = await start();
  const { agent, ovs, lab, p1, p2 } = bench;
  await t.step(
    "a stream between two selected Pods is copied to both Pods' mirrors, after a restart, too",
    async () => {
      await agent.write(
        "tc.yaml",
        mirror("a", internal("ids1")),
        mirror("b", internal("ids2"), { appliedTo: app("db") }),
      );
      await agent.realized("a", "b");
      await talk(bench, { ids1: 1, ids2: 1 });
      await agent.kill();
      agent.startAgain();
      await agent.realized("a", "b");
      await talk(bench, { ids1: 1, ids2: 1 });
    },
  );
  await t.step(
    "two mirrors on one Pod get every packet each, after a restart, too",
    async () => {
      await agent.write("tc.yaml", mirror("a", internal("ids1")), mirror("b", internal("ids2")));
      await agent.settled(
        "it",
        ({ trafficControls }) =>
          trafficControls.every(({ realized, pods }) => realized && pods.join() === "default/p1"),
      );
      await talk(bench, { ids1: 1, ids2: 1 });
      await agent.kill();
      agent.startAgain();
      await agent.realized("a", "b");
      await talk(bench, { ids1: 1, ids2: 1 });
    },
  );
  await t.step("what the owner sends back by the port where it came from", async () => {
    const VIP = "10.9.0.200";
    const back = `set_field:${p1.mac}->eth_dst,set_field:10.9.0.1->ip_dst,IN_PORT`;
    await ovs.ofctl("add-flow", "br0", `priority=10,ip,nw_dst=${VIP},actions=${back}`);
    const seen = [[lab.at(p1), 1], [lab.atDevice("ids1"), 1], [lab.at(p2), 0]] as const;
    await expectCounts(
      await send({ from: p1, to: { mac: "02:ff:00:00:00:01", ips: [VIP] } }),
      seen,
    );
    await ovs.ofctl("del-flows", "br0", `ip,nw_dst=${VIP}`);
  });
  await t.step("every port of a Pod that has several", async () => {
    const second = await lab.addPod("p9");
    const attached = [[p1, "eth0"], [second, "net1"]] as const;
    for (const [{ name }, inside] of attached) {
      const keys = { owner: "ovs-cni.network.kubevirt.io", contPodUid: "uid-1", contIface: inside };
      const ids = Object.entries(keys).map(([key, value]) => `external_ids:${key}=${value}`);
      await ovs.vsctl("set", "port", name, ...ids);
    }
    const status = attached.map(([{ mac, ips }, inside]) => ({ interface: inside, mac, ips }));
    const annotations = { "k8s.v1.cni.cncf.io/network-status": JSON.stringify(status) };
    const { metadata, ...object } = podObject(p1, { app: "web" }) as { metadata: object };
    await agent.write("p1.yaml", {
      ...object,
      metadata: { ...metadata, uid: "uid-1", annotations },
    });
    await agent.settled("both ports", ({ pods: [pod] }) => pod?.ports.length === 2);
    await second.knows(p2);
    await p2.knows(second);
    await second.ping(p2.ip(), 1);
    await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 1], [lab.atDevice("ids1"), 1]]);
    await expectFlow({ from: p2, to: second }, [[lab.at(second), 1], [lab.atDevice("ids1"), 1]]);
    await agent.write("p1.yaml", podObject(p1, { app: "web" }));
  });
  await t.step("another kind under the same name", async () => {
    await agent.write("tc.yaml", mirror("a", device("same0")));
    await veth(ovs, "same0");
    await agent.realized("a");
    await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 1], [lab.atDevice("same0-x"), 1]]);
    await ipIn(ovs.netns, "link", "set", "same0", "name", "renamed0"); // its place is free
    await agent.write("tc.yaml", mirror("a", internal("same0")));
    const type = () => ovs.vsctl("--if-exists", "get", "interface", "same0", "type");
    await eventually("another type", async () => /internal/.test(await type()));
    await agent.realized("a");
    await expectFlow({ from: p1, to: p2 }, [[lab.at(p2), 1], [lab.atDevice("same0"), 1]]);
  });
  await t.step("no port where no Pod is selected", async () => {
    await agent.write("tc.yaml", mirror("a", internal("ids5"), { appliedTo: app("nobody") }));
    await agent.realized("a");
    await leftAre(ovs);
  });
});
