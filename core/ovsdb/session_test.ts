import assert from "node:assert/strict";
import { NotConnectedError } from "../base/errors.ts";
import type { Cache, RowChange } from "./cache.ts";
import { OvsdbClient } from "./client.ts";
import { ConstraintViolationError, VswitchdTimeoutError } from "./errors.ts";
import { uuid } from "./notation.ts";
import { DATABASE } from "./schema.ts";
import { OvsdbSession } from "./session.ts";
import { eventually, Server } from "./testing/server.ts";
import { addBridge, addInternalPort, BRIDGE, startSession } from "./testing/session.ts";
import { mutate } from "./transaction.ts";
import { bridgeView, interfaceByName } from "./view.ts";

Deno.test("OvsdbSession.commit() returns when the port has its number", async () => {
  await using server = await Server.start({ vswitchd: true });
  await using running = await startSession(server);
  const { session } = running;
  await session.commit(addInternalPort("tap0"));
  const found = interfaceByName(session.cache, "tap0");
  assert((found?.interface.ofport ?? 0) > 0);
  assert.equal(found?.bridge?.name, BRIDGE);
  await assert.rejects(session.commit(addInternalPort("tap0")), ConstraintViolationError);
});

Deno.test("OvsdbSession.commit() says that no ovs-vswitchd took it over", async () => {
  await using server = await Server.start();
  await using running = await startSession(server);
  await assert.rejects(running.session.commit([], { timeout: 20 }), VswitchdTimeoutError);
});

Deno.test("OvsdbSession.commit() says that the connection was lost meanwhile", async () => {
  await using server = await Server.start();
  await using running = await startSession(server);
  const { session } = running;
  const next = () => session.cache.all("Open_vSwitch").next().value?.next_cfg;
  const before = next();
  const commit = assert.rejects(session.commit([]), NotConnectedError);
  await eventually(() => next() !== before || undefined);
  await server.killDatabase();
  await commit;
});

Deno.test("OvsdbSession.transact() refuses while there is no connection", async () => {
  const session = new OvsdbSession({ address: "unix:/none", onChange() {}, onState() {} });
  await assert.rejects(session.transact([]), NotConnectedError);
});

Deno.test("OvsdbSession.run() ends when its signal aborts while it connects", async () => {
  await using server = await Server.start();
  for (const turns of [0, 1, 2, 5]) {
    const over = new AbortController();
    const session = new OvsdbSession({ address: server.address, onChange() {}, onState() {} });
    let ended = false;
    session.run(over.signal).then(() => ended = true);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    over.abort();
    await eventually(() => ended || undefined);
  }
});

function describe({ table, before, after }: RowChange): string {
  const name = (row: typeof before) => row && "name" in row ? row.name : "-";
  return `${table} ${name(before)} ${name(after)}`;
}

Deno.test("OvsdbSession reports nothing when the server comes back as it was", async () => {
  await using server = await Server.start();
  await using running = await startSession(server);
  const { session, changes, states } = running;
  await session.transact([...addBridge(), ...addInternalPort("tap0"), ...addInternalPort("tap1")]);
  changes.length = 0;
  await server.killDatabase();
  await eventually(() => !session.connected || undefined);
  await server.startDatabase();
  await eventually(() => session.connected || undefined);
  assert.deepEqual(changes, []);
  // Each reason why there is no connection is told: it was closed, and nobody listened.
  const turns = states.filter((state, index) => state !== states[index - 1]);
  assert.deepEqual(turns, ["connected", "disconnected", "connected"]);
});

Deno.test("OvsdbSession reports exactly what changed while it had no connection", async () => {
  await using server = await Server.start();
  await using running = await startSession(server, 50);
  const { session, changes } = running;
  await session.transact([...addBridge(), ...addInternalPort("stays"), ...addInternalPort("goes")]);
  const { port } = interfaceByName(session.cache, "goes")!;
  await server.killDatabase();
  await eventually(() => !session.connected || undefined);
  changes.length = 0;
  await server.changeOffline([
    mutate("Bridge", [["name", "==", BRIDGE]], [["ports", "delete", uuid(port!._uuid)]]),
    ...addInternalPort("comes"),
  ]);
  await server.startDatabase();
  await eventually(() => session.connected || undefined);
  assert.deepEqual(changes.map(describe).sort(), [
    "Bridge br0 br0",
    "Interface - comes",
    "Interface goes -",
    "Port - comes",
    "Port goes -",
  ]);
});

Deno.test("OvsdbSession leaves a server that has stopped and comes back to it", async () => {
  await using server = await Server.start();
  await using running = await startSession(server, 50);
  server.signalDatabase("SIGSTOP");
  await eventually(() => running.states.includes("disconnected") || undefined);
  server.signalDatabase("SIGCONT");
  await eventually(() => running.session.connected || undefined);
});

Deno.test("OvsdbSession sees what others do", async () => {
  await using server = await Server.start();
  await using running = await startSession(server);
  await using other = await OvsdbClient.connect(await server.tcpAddress());
  await other.transact(DATABASE, addBridge());
  await eventually(() => bridgeView(running.session.cache, BRIDGE));
});

Deno.test("OvsdbSession.waitFor() gives what is there, comes later, or nothing", async () => {
  await using server = await Server.start();
  await using running = await startSession(server);
  const { session } = running;
  const look = (cache: Cache) => bridgeView(cache, BRIDGE)?.row.name;
  assert.equal(await session.waitFor(look, { timeout: 1 }), undefined);
  const later = session.waitFor(look, { timeout: 5000 });
  await session.transact(addBridge());
  assert.equal(await later, BRIDGE);
  assert.equal(await session.waitFor(look, { timeout: 0 }), BRIDGE);
  const signal = AbortSignal.abort();
  assert.equal(await session.waitFor(() => undefined, { timeout: 5000, signal }), undefined);
});
