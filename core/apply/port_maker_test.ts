import assert from "node:assert/strict";
import { DEVICE_INDEX } from "../base/marks.ts";
import { LIMITS } from "../base/limits.ts";
import type { PortSpec } from "../contracts/mod.ts";
import { internal, tunnelTo } from "../model/testing/fixtures.ts";
import type { Operation } from "../ovsdb/mod.ts";
import { DEVICE_POLL_INTERVAL } from "../observe/devices.ts";
import { PortScene } from "./testing/port_scene.ts";

const dev: PortSpec = { name: "dev0", type: "", options: {}, identity: "dev0" };

const insertsOf = (operations: readonly Operation[] = []) =>
  operations.filter(({ op }) => op === "insert").map(({ table }) => table);

Deno.test("a port is made in one transaction that marks it and keeps it out of forwarding", async () => {
  const scene = new PortScene();
  scene.wants(internal("tap0"));
  await scene.maker.realize();
  assert.deepEqual(insertsOf(scene.commits[0]), ["Interface", "Port"]);
  const port = scene.commits[0]!.find(({ op, table }) => op === "insert" && table === "Port");
  assert.partialDeepStrictEqual(port?.row, { vlan_mode: "trunk", trunks: 4095, protected: true });
  assert.match(JSON.stringify(port), /\["sluice","1"\].*\["antrea-type","sluice"\]/);
});

Deno.test("a transaction that fails is tried again", async () => {
  const scene = new PortScene();
  scene.wants(internal("tap0"));
  scene.fail = true;
  await assert.rejects(scene.maker.realize());
  scene.fail = false;
  await scene.maker.realize();
  assert.deepEqual(insertsOf(scene.commits[0]), ["Interface", "Port"]);
});

Deno.test("no device is added before ovs-vswitchd has applied that it was removed", async () => {
  const scene = new PortScene();
  scene.devices.set("dev0", 7);
  scene.wants(dev);
  scene.lagging = true;
  await assert.rejects(scene.maker.realize(), /not yet/);
  assert.deepEqual(scene.commits, []);
  scene.lagging = false;
  scene.model.wanted.touch("dev0");
  await scene.maker.realize();
  assert.deepEqual(insertsOf(scene.commits[0]), ["Interface", "Port"]);
});

Deno.test("a port that Open vSwitch cannot make is removed, and tried again after a pause", async () => {
  const scene = new PortScene();
  const spec = internal("tap0");
  scene.wants(spec);
  scene.has(spec, { error: "File exists" });
  await scene.maker.realize();
  assert.deepEqual(scene.commits[0]![0]!.mutations, [["ports", "delete", ["uuid", "p"]]]);
  scene.model.setPort("tap0", undefined);
  await scene.maker.realize();
  const verdict = scene.model.wanted.verdict("tap0");
  assert.equal(verdict && "condition" in verdict && verdict.condition.reason, "PortFailed");
  const due = scene.maker.dueAt();
  assert.ok(due > scene.now && due <= scene.now + 60_000);
  const before = scene.commits.length;
  await scene.maker.realize();
  assert.equal(scene.commits.length, before, "not before it is due");
  scene.now = due;
  await scene.maker.realize();
  assert.deepEqual(insertsOf(scene.commits[before]), ["Interface", "Port"]);
});

Deno.test("nothing is due for ports that no TrafficControl wants any more", async () => {
  const scene = new PortScene();
  const failing = internal("tap0");
  scene.wants(failing);
  scene.has(failing, { error: "File exists" });
  await scene.maker.realize();
  scene.model.setPort("tap0", undefined);
  scene.model.deleteControl("m");
  await scene.maker.realize();
  scene.now += 100_000;
  assert.equal(scene.maker.dueAt(), Infinity);
  scene.wants({ name: "eno9", type: "", options: {}, identity: "eno9" });
  await scene.maker.realize();
  assert.equal(scene.maker.dueAt(), scene.now + DEVICE_POLL_INTERVAL);
  scene.model.deleteControl("m");
  await scene.maker.realize();
  assert.equal(scene.maker.dueAt(), Infinity);
});

Deno.test("a tunnel that the owner has, too, is made when the owner's is gone", async () => {
  const scene = new PortScene();
  scene.sameTunnel = "vx0";
  scene.wants(tunnelTo("erspan-1"));
  await scene.maker.realize();
  assert.equal(scene.model.wanted.verdict("erspan-1")?.state, "refused");
  assert.deepEqual(scene.commits, []);
  scene.sameTunnel = undefined;
  scene.now += 1000; // the model gets no message about it, so refused ports are judged once a second
  await scene.maker.realize();
  assert.deepEqual(insertsOf(scene.commits[0]), ["Interface", "Port"]);
});

Deno.test("a port that OVSDB refuses hinders no other port, and is tried again after a pause", async () => {
  const scene = new PortScene();
  scene.refuses = "bad0";
  scene.wants(internal("bad0"));
  scene.wants(internal("tap0"), "n");
  await scene.maker.realize();
  assert.deepEqual(scene.commits.map(insertsOf), [["Interface", "Port"]]);
  assert.match(JSON.stringify(scene.commits), /tap0/);
  const verdict = scene.model.wanted.verdict("bad0");
  assert.ok(verdict && "condition" in verdict);
  assert.equal(verdict.condition.reason, "PortFailed");
  assert.match(verdict.condition.message, /^OVSDB refuses port "bad0": .*constraint violation/);
  scene.has(internal("tap0"));
  scene.refuses = undefined;
  await scene.maker.realize();
  assert.equal(scene.commits.length, 1, "not before it is due");
  scene.now = scene.maker.dueAt();
  await scene.maker.realize();
  assert.match(JSON.stringify(scene.commits[1]), /bad0/);
});

Deno.test("a port that works stays in use if OVSDB refuses its change, which is tried again after a pause", async () => {
  const scene = new PortScene();
  const spec = internal("tap0");
  scene.wants(spec);
  scene.has(spec, { ofport: 5 });
  await scene.maker.realize();
  scene.ownerHasMTU(1400);
  scene.refuses = "mtu_request";
  await scene.maker.realize();
  assert.deepEqual(scene.verdict("tap0"), ["ready", "PortFailed"]);
  scene.model.wanted.touch("tap0");
  scene.refuses = undefined;
  await scene.maker.realize();
  assert.deepEqual([scene.commits, scene.verdict("tap0")], [[], ["ready", "PortFailed"]]);
  scene.now = scene.maker.dueAt();
  await scene.maker.realize();
  assert.match(JSON.stringify(scene.commits), /mtu_request/);
  scene.has(spec, { ofport: 5, mtuRequest: 1400 });
  await scene.maker.realize();
  assert.deepEqual([scene.verdict("tap0"), scene.maker.dueAt()], [["ready"], Infinity]);
});

Deno.test("a port that would lead to somewhere else waits if OVSDB refuses its change; another change has no pause", async () => {
  const scene = new PortScene();
  scene.wants(tunnelTo("erspan-1", { key: "2" }));
  scene.has(tunnelTo("erspan-1", { key: "1" }), { ofport: 5 });
  scene.refuses = "key";
  await scene.maker.realize();
  assert.deepEqual(scene.verdict("erspan-1"), ["wait", "PortFailed"]);
  scene.refuses = undefined;
  scene.wants(tunnelTo("erspan-1", { key: "2" }));
  await scene.maker.realize();
  assert.deepEqual(scene.commits, []);
  scene.wants(tunnelTo("erspan-1", { key: "3" }));
  await scene.maker.realize();
  assert.match(JSON.stringify(scene.commits[0]), /\["key","3"\]/);
});

Deno.test("a port is removed and added again at once for its device; if that does not help, after pauses", async () => {
  const scene = new PortScene();
  const row = { ofport: 5, external_ids: { [DEVICE_INDEX]: "7" } };
  scene.devices.set("dev0", 7);
  scene.wants(dev);
  scene.has(dev, row);
  scene.receives = false;
  const pauses: number[] = [];
  for (let tries = 1; tries <= 3; tries++) {
    await scene.maker.realize();
    assert.equal(scene.commits.length, 2 * tries - 1, "it is removed");
    scene.model.setPort("dev0", undefined);
    await scene.maker.realize();
    assert.deepEqual(insertsOf(scene.commits[2 * tries - 1]), ["Interface", "Port"]);
    scene.has(dev, row);
    await scene.maker.realize();
    assert.equal(scene.commits.length, 2 * tries, "not before it is due");
    assert.deepEqual(scene.verdict("dev0"), ["ready", "DeviceReplaced"]);
    pauses.push(scene.maker.dueAt() - scene.now);
    scene.now = scene.maker.dueAt();
  }
  assert.ok(pauses[0]! > 0 && pauses[1]! >= pauses[0]! && pauses[2]! > pauses[0]!, `${pauses}`);
  scene.receives = true;
  await scene.maker.realize();
  assert.deepEqual([scene.verdict("dev0"), scene.maker.dueAt()], [["ready"], Infinity]);
});

Deno.test("while a port is being removed, only that port waits for it", async () => {
  const scene = new PortScene();
  scene.has(internal("old0"));
  scene.held = Promise.withResolvers();
  scene.maker.removeLeftovers();
  const { held } = scene;
  scene.held = undefined;
  scene.wants(internal("tap0"));
  await scene.maker.realize();
  assert.deepEqual(insertsOf(scene.commits[1]), ["Interface", "Port"]);
  scene.wants(internal("old0"), "n");
  const again = scene.maker.realize();
  assert.equal(scene.commits.length, 2, "it waits");
  scene.model.setPort("old0", undefined);
  held.resolve([]);
  await again;
  assert.match(JSON.stringify(scene.commits[2]), /old0/);
});

Deno.test("a port that has to be judged again and again ends the round, and the next one goes on", async () => {
  const scene = new PortScene();
  scene.wants(internal("tap0"));
  scene.onCommit = () => scene.model.wanted.touch("tap0"); // somebody takes it away each time
  await scene.maker.realize();
  assert.equal(scene.commits.length, LIMITS.portPasses);
  await scene.maker.realize();
  assert.equal(scene.commits.length, 2 * LIMITS.portPasses);
});
