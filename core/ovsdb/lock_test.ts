/** Locks of a real ovsdb-server, and of one that tells of a lock before it answers. */
import "../../test/lab/environment.ts";
import assert from "node:assert/strict";
import { LIMITS } from "../base/limits.ts";
import { OvsdbClient } from "./client.ts";
import { NotOwnerError } from "./errors.ts";
import { isLocked, type LockOptions, type LockState } from "./lock.ts";
import { DATABASE } from "./schema.ts";
import { OvsdbSession } from "./session.ts";
import { FakeServer, idle } from "./testing/fake_server.ts";
import { eventually, Server } from "./testing/server.ts";
import { addBridge } from "./testing/session.ts";
import { comment, mutate } from "./transaction.ts";

const ID = "sluice_test";

/** A session with a lock, and each state of the lock that it has told. */
function locking(address: string, lock: LockOptions = { id: ID }) {
  const over = new AbortController();
  const told: LockState[] = [];
  const session = new OvsdbSession({
    address,
    lock,
    onChange() {},
    onState() {},
    onLock: (state) => told.push(state),
  });
  const running = session.run(over.signal);
  const until = (state: LockState) =>
    eventually(() => (session.connected && session.lock === state) || undefined);
  const end = async () => {
    over.abort();
    await running;
  };
  return { session, told, until, end, [Symbol.asyncDispose]: end };
}

Deno.test("one session has the lock, and the next one gets it when the first one ends", async () => {
  await using server = await Server.start();
  await using first = locking(server.address);
  await first.until("held");
  await using second = locking(server.address);
  await second.until("waiting");
  await first.session.write(addBridge());
  await assert.rejects(second.session.write([comment("no")]), NotOwnerError);
  await assert.rejects(second.session.commit([comment("no")]), NotOwnerError);
  assert.deepEqual(await second.session.transact([comment("to read needs no lock")]), [{}]);
  await first.end();
  await second.until("held");
  await second.session.write([mutate("Bridge", [], [["external_ids", "insert", new Map()]])]);
  assert.deepEqual([first.told, second.told], [["held"], ["waiting", "held"]]);
});

Deno.test("locks of different names do not hinder each other", async () => {
  await using server = await Server.start();
  await using first = locking(server.address);
  await using second = locking(server.address, { id: `${ID}2` });
  await Promise.all([first.until("held"), second.until("held")]);
});

Deno.test("a lock that was stolen comes back when the thief has ended", async () => {
  await using server = await Server.start();
  await using owner = locking(server.address);
  await owner.until("held");
  await using thief = locking(server.address, { id: ID, steal: true });
  await thief.until("held");
  await owner.until("waiting");
  await assert.rejects(owner.session.write([]), NotOwnerError);
  await thief.session.write([]);
  await thief.end();
  await owner.until("held");
  assert.deepEqual(owner.told, ["held", "waiting", "held"]);
});

Deno.test("after a restart of the server, the session that had the lock has it again", async () => {
  await using server = await Server.start();
  await using first = locking(server.address);
  await first.until("held");
  await using second = locking(server.address);
  await second.until("waiting");
  for (let turn = 0; turn < 3; turn++) {
    await server.killDatabase();
    await eventually(() => !(first.session.connected || second.session.connected) || undefined);
    assert.deepEqual([first.session.lock, second.session.lock], ["waiting", "waiting"]);
    await server.startDatabase();
    await Promise.all([first.until("held"), second.until("waiting")]);
  }
});

Deno.test("isLocked() says whether a session has the lock, and leaves it as it is", async () => {
  await using server = await Server.start();
  await using client = await OvsdbClient.connect(server.address);
  assert.equal(await isLocked(client, ID), false);
  await using first = locking(server.address);
  await first.until("held");
  assert.equal(await isLocked(client, ID), true);
  await first.end();
  await eventually(async () => !(await isLocked(client, ID)) || undefined);
  await using second = locking(server.address);
  await second.until("held");
  assert.deepEqual(second.told, ["held"]);
});

Deno.test("a lock that becomes free while it is asked for is not missed", async () => {
  await using server = new FakeServer(async (request, connection) => {
    if (request.method !== "lock") return await idle(request, connection);
    await connection.send(
      { id: request.id, result: { locked: false }, error: null },
      { id: null, method: "locked", params: ["another"] },
      { id: null, method: "locked", params: [ID] },
    );
  });
  await using session = locking(server.address);
  await session.until("held");
  assert.equal(server.requests.some(({ params }) => params[0] === DATABASE), true);
});

Deno.test("after OVSDB was away, a session that had to wait asks later for the lock than one that had it", async () => {
  /** Milliseconds from the snapshot to the request for the lock, over each connection. */
  const pauses: number[] = [];
  let [snapped, isFree] = [0, true];
  await using server = new FakeServer(async (request, connection) => {
    if (request.method === "monitor_cond_since") snapped = performance.now();
    if (request.method !== "lock") return await idle(request, connection);
    pauses.push(performance.now() - snapped);
    await connection.send({ id: request.id, result: { locked: isFree }, error: null });
    isFree = false;
    connection.close();
  });
  await using _session = locking(server.address);
  await eventually(() => pauses.length >= 3 || undefined);
  const [first, held, refused] = pauses as [number, number, number];
  assert.ok(first < LIMITS.lockCourtesy && held < LIMITS.lockCourtesy, `${pauses}`);
  assert.ok(refused >= LIMITS.lockCourtesy - 10, `${pauses}`); // a timer may fire a little early
});
