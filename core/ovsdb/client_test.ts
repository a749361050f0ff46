import assert from "node:assert/strict";
import { delay } from "../base/timer.ts";
import { NotConnectedError } from "../base/errors.ts";
import { OvsdbClient } from "./client.ts";
import { namedUuid } from "./notation.ts";
import { eventually, Server } from "./testing/server.ts";
import { comment, insert, mutate, select } from "./transaction.ts";

const DATABASE = "Open_vSwitch";
const PORTS = 1000;
/** More bytes than the socket's buffers hold. */
const MUCH = 4_000_000;

Deno.test("OvsdbClient speaks over unix and tcp", async () => {
  await using server = await Server.start();
  for (const address of [server.address, await server.tcpAddress()]) {
    await using client = await OvsdbClient.connect(address);
    assert((await client.listDbs()).includes(DATABASE));
    const schema = await client.getSchema(DATABASE) as { name: string };
    assert.equal(schema.name, DATABASE);
    await client.echo();
  }
});

Deno.test("OvsdbClient inserts a bridge of 1,000 ports in one transaction", async () => {
  await using server = await Server.start();
  await using client = await OvsdbClient.connect(server.address);
  const names = Array.from({ length: PORTS }, (_, index) => `p${index}`);
  const results = await client.transact(DATABASE, [
    ...names.flatMap((name) => [
      insert("Interface", { name, type: "internal" }, `i_${name}`),
      insert("Port", { name, interfaces: namedUuid(`i_${name}`) }, `p_${name}`),
    ]),
    insert("Bridge", { name: "br0", ports: names.map((name) => namedUuid(`p_${name}`)) }, "b"),
    mutate("Open_vSwitch", [], [["bridges", "insert", namedUuid("b")]]),
    select("Bridge", [], ["ports"]),
  ]);
  assert.equal(results.length, 2 * PORTS + 3);
  const ports = results.at(-1)?.rows?.[0]?.ports;
  assert.equal(ports instanceof Set && ports.size, PORTS);
});

Deno.test("OvsdbClient.connect() says that nobody is there", async () => {
  await assert.rejects(OvsdbClient.connect("unix:/nonexistent/db.sock"), NotConnectedError);
});

Deno.test("OvsdbClient.connect() gives a stopped server up after its timeout", async () => {
  await using server = await Server.start();
  server.signalDatabase("SIGSTOP");
  await assert.rejects(OvsdbClient.connect(server.address, { timeout: 50 }), NotConnectedError);
});

Deno.test("OvsdbClient.connect() gives up when its signal has aborted", async () => {
  await using server = await Server.start();
  const signal = AbortSignal.abort();
  const connecting = OvsdbClient.connect(server.address, { signal });
  connecting.then((client) => client.close(), () => {});
  await assert.rejects(connecting, NotConnectedError);
});

Deno.test("OvsdbClient closes when its signal aborts", async () => {
  await using server = await Server.start();
  const over = new AbortController();
  await using client = await OvsdbClient.connect(server.address, { signal: over.signal });
  over.abort();
  await client.closed;
  await assert.rejects(client.listDbs(), NotConnectedError);
});

Deno.test("OvsdbClient closes when a server that it probes has stopped", async () => {
  await using server = await Server.start();
  await using client = await OvsdbClient.connect(server.address, { probeInterval: 50 });
  server.signalDatabase("SIGSTOP");
  const request = assert.rejects(client.transact(DATABASE, []), NotConnectedError);
  await client.closed;
  await request;
});

Deno.test("OvsdbClient keeps a connection on which nothing happens but its probes", async () => {
  await using server = await Server.start();
  // Long enough for the answer of a busy machine; three probes are answered meanwhile.
  await using client = await OvsdbClient.connect(server.address, { probeInterval: 400 });
  const ended = await Promise.race([client.closed.then(() => true), delay(1400)]);
  assert.equal(ended, undefined);
});

Deno.test("OvsdbClient rejects what is under way when the server dies", async () => {
  await using server = await Server.start();
  await using client = await OvsdbClient.connect(server.address);
  server.signalDatabase("SIGSTOP");
  const request = assert.rejects(client.transact(DATABASE, []), NotConnectedError);
  await server.killDatabase();
  await Promise.all([request, client.closed]);
});

Deno.test("OvsdbClient waits for a server that does not read, and then goes on", async () => {
  await using server = await Server.start();
  await using client = await OvsdbClient.connect(server.address);
  server.signalDatabase("SIGSTOP");
  let done = 0;
  const requests = [1, 2, 3].map(async () => {
    await client.transact(DATABASE, [comment("x".repeat(MUCH))]);
    done++;
  });
  await delay(50);
  assert.equal(done, 0);
  server.signalDatabase("SIGCONT");
  await Promise.all(requests);
});

Deno.test("OvsdbClient survives that a server dies which does not read", async () => {
  await using server = await Server.start();
  await using client = await OvsdbClient.connect(server.address);
  server.signalDatabase("SIGSTOP");
  const requests = [1, 2, 3].map(() =>
    assert.rejects(client.transact(DATABASE, [comment("x".repeat(MUCH))]), NotConnectedError)
  );
  await eventually(async () => (await server.databaseState()) === "T" || undefined);
  await server.killDatabase();
  await Promise.all(requests);
});
