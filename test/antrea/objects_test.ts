/** What Sluice does where Antrea's TrafficControl fails, as docs/antrea.md lists it: objects, and the Pods that they select. */
import assert from "node:assert/strict";
import { app, internal, podObject } from "../lab/agent.ts";
import { flowAges, ofport } from "../lab/lab.ts";
import { eventually } from "../lab/ovs.ts";
import { ipIn } from "../lab/run.ts";
import { expectCounts, expectFlow, send } from "../lab/traffic.ts";
import { bridgeWire } from "../lab/wire.ts";
import { device, leftAre, mirror, redirect, start, talk, veth } from "./bench.ts";

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
    for (const [{ name }] of attached) await ovs.vsctl("clear", "port", name, "external_ids");
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
