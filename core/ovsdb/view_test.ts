import fc from "fast-check";
import assert from "node:assert/strict";
import { Cache } from "./cache.ts";
import { OvsdbClient } from "./client.ts";
import { OvsdbError } from "./errors.ts";
import { namedUuid, uuid } from "./notation.ts";
import { DATABASE, SCHEMA, TABLES } from "./schema.ts";
import { Server } from "./testing/server.ts";
import { addBridge, addInternalPort, BRIDGE, startSession } from "./testing/session.ts";
import { insert, mutate, type Operation } from "./transaction.ts";
import { bridgeView, interfaceByName, tunnelInterfaces } from "./view.ts";

Deno.test("Views join bridges, ports, interfaces and mirrors", async () => {
  await using server = await Server.start();
  await using running = await startSession(server);
  const { session } = running;
  const options = new Map([["remote_ip", "192.0.2.1"]]);
  await session.transact([
    ...addBridge(),
    ...addInternalPort("tap0"),
    insert("Interface", { name: "tun0", type: "vxlan", options }, "t"),
    mutate("Port", [["name", "==", "tap0"]], [["interfaces", "insert", namedUuid("t")]]),
    insert("Mirror", { name: "m0" }, "m"),
    mutate("Bridge", [["name", "==", BRIDGE]], [["mirrors", "insert", namedUuid("m")]]),
  ]);
  const view = bridgeView(session.cache, BRIDGE)!;
  assert.deepEqual([...view.ports.keys()].sort(), [BRIDGE, "tap0"]);
  const names = view.ports.get("tap0")!.interfaces.map(({ name }) => name);
  assert.deepEqual(names.sort(), ["tap0", "tun0"]);
  assert.deepEqual(view.mirrors.map(({ name }) => name), ["m0"]);
  assert.deepEqual(tunnelInterfaces(session.cache).map(({ name }) => name), ["tun0"]);
  assert.equal(interfaceByName(session.cache, "tun0")?.port?.name, "tap0");
  assert.equal(bridgeView(session.cache, "br1"), undefined);
  assert.equal(interfaceByName(session.cache, "none"), undefined);
});

const NAMES = ["tap0", "tap1", "tap2"] as const;
const text = fc.string({ maxLength: 5 });
const vlan = fc.integer({ min: 0, max: 4095 });
const name = fc.constantFrom(...NAMES);
const named = (value: string) => [["name", "==", value]] as const;

/** Deletes by the UUID that the cache has, which makes the property test the indexes, too. */
interface Removal {
  readonly remove: string;
}

/** What may be done to the bridge; some of it is refused, and nothing may confuse the cache. */
const step = fc.oneof<fc.Arbitrary<Operation[] | Removal>[]>(
  name.map(addInternalPort),
  name.map((remove) => ({ remove })),
  fc.tuple(name, fc.uniqueArray(vlan), fc.constantFrom("insert" as const, "delete" as const))
    .map(([port, trunks, mutator]) => [mutate("Port", named(port), [["trunks", mutator, trunks]])]),
  fc.tuple(name, fc.array(vlan, { maxLength: 1 })).map(([port, tag]) => [
    { op: "update", table: "Port", where: named(port), row: { tag: ["set", tag] } },
  ]),
  fc.tuple(name, fc.dictionary(text, text, { noNullPrototype: true })).map(([port, ids]) => [
    mutate("Interface", named(port), [
      ["external_ids", "delete", new Set(Object.keys(ids).slice(1))],
      ["external_ids", "insert", new Map(Object.entries(ids))],
    ]),
  ]),
);

function operations(cache: Cache, given: Operation[] | Removal): Operation[] {
  if (!("remove" in given)) return given;
  const port = interfaceByName(cache, given.remove)?.port;
  const references = port ? [uuid(port._uuid)] : [];
  return [mutate("Bridge", named(BRIDGE), [["ports", "delete", references]])];
}

/** All that the server has, by a monitor of its own, which comes as one snapshot. */
async function snapshot(client: OvsdbClient): Promise<Cache> {
  const requests = TABLES.map((table) => [table, [{ columns: Object.keys(SCHEMA[table]) }]]);
  const monitor = crypto.randomUUID();
  const nothing = "00000000-0000-0000-0000-000000000000";
  const params = [DATABASE, monitor, Object.fromEntries(requests), nothing];
  const answer = await client.request("monitor_cond_since", params) as unknown[];
  await client.request("monitor_cancel", [monitor]);
  const cache = new Cache();
  cache.apply(answer[2]);
  return cache;
}

function contents(cache: Cache): unknown {
  const rows = TABLES.map((table) =>
    [...cache.all(table)].sort((a, b) => a._uuid < b._uuid ? -1 : 1)
  );
  const ports = bridgeView(cache, BRIDGE)?.ports;
  const joined = NAMES.map((each) => interfaceByName(cache, each));
  return [rows, NAMES.map((each) => ports?.get(each)), joined];
}

Deno.test("The cache and its views hold what the server holds, whatever was done", async () => {
  await using server = await Server.start();
  await using running = await startSession(server);
  const { session } = running;
  await using other = await OvsdbClient.connect(server.address);
  await session.transact(addBridge());
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), async (steps) => {
      for (const each of [...NAMES.map((remove) => ({ remove })), ...steps]) {
        try {
          await session.transact(operations(session.cache, each));
        } catch (error) {
          assert(error instanceof OvsdbError, String(error));
        }
        assert.deepEqual(contents(session.cache), contents(await snapshot(other)));
      }
    }),
    { numRuns: 40 },
  );
});
