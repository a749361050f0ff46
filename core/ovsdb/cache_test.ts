import fc from "fast-check";
import assert from "node:assert/strict";
import { ProtocolError } from "../base/errors.ts";
import { Cache } from "./cache.ts";

const [A, B, C, PORT] = ["a", "b", "c", "p"] as const;
const references = (...uuids: string[]) => ["set", uuids.map((uuid) => ["uuid", uuid])];
const map = (entries: Record<string, string>) => ["map", Object.entries(entries)];
const modified = (modify: unknown) => ({ Port: { [PORT]: { modify } } });

function filled(): Cache {
  const cache = new Cache();
  cache.apply({
    Port: {
      [PORT]: {
        initial: {
          name: "bond0",
          interfaces: references(A, B),
          tag: 5,
          external_ids: map({ key: "old", other: "x" }),
        },
      },
    },
    Interface: { [A]: { initial: { name: "eth0" } }, [B]: { initial: { name: "eth1" } } },
  });
  return cache;
}

Deno.test("Cache gives columns that are left out their defaults", () => {
  const cache = new Cache();
  cache.apply({ Port: { [PORT]: { insert: { name: "p" } } } });
  const row = cache.get("Port", PORT)!;
  assert.deepEqual([row.tag, row.trunks, row.external_ids, row.protected], [
    undefined,
    [],
    {},
    false,
  ]);
});

Deno.test("Cache adds to and takes from a set by one difference", () => {
  const cache = filled();
  const [change] = cache.apply(modified({ interfaces: references(B, C) }));
  assert.deepEqual(cache.get("Port", PORT)?.interfaces, [A, C]);
  assert(change?.table === "Port");
  assert.deepEqual(change.before?.interfaces, [A, B]);
  assert.deepEqual(change.after?.interfaces, [A, C]);
});

Deno.test("Cache takes a difference of one element without its set", () => {
  const cache = filled();
  cache.apply(modified({ interfaces: ["uuid", B] }));
  assert.deepEqual(cache.get("Port", PORT)?.interfaces, [A]);
});

Deno.test("Cache changes, adds and deletes keys of a map by one difference", () => {
  const cache = filled();
  cache.apply(modified({ external_ids: map({ key: "new", other: "x", third: "y" }) }));
  assert.deepEqual(cache.get("Port", PORT)?.external_ids, { key: "new", third: "y" });
});

Deno.test("Cache replaces an optional column, and empties it", () => {
  const cache = filled();
  cache.apply(modified({ tag: 6 }));
  assert.equal(cache.get("Port", PORT)?.tag, 6);
  cache.apply(modified({ tag: ["set", []] }));
  assert.equal(cache.get("Port", PORT)?.tag, undefined);
});

Deno.test("Cache takes duplicates: an insert again, a delete of what is gone", () => {
  const cache = filled();
  cache.apply({ Interface: { [A]: { insert: { name: "eth0" } } } });
  cache.apply({ Interface: { [A]: { delete: null } } });
  cache.apply({ Interface: { [A]: { delete: null } } });
  assert.equal(cache.get("Interface", A), undefined);
});

Deno.test("Cache sorts sets of numbers as numbers", () => {
  const cache = filled();
  cache.apply(modified({ trunks: ["set", [100, 9, 20]] }));
  assert.deepEqual(cache.get("Port", PORT)?.trunks, [9, 20, 100]);
});

Deno.test("Cache refuses to modify a row that it does not know", () => {
  const unknown = { Port: { [A]: { modify: { tag: 1 } } } };
  assert.throws(() => filled().apply(unknown), ProtocolError);
});

Deno.test("Cache takes over nothing of an update that it refuses", () => {
  const cache = filled();
  const refused = {
    Interface: { [C]: { insert: { name: "new" } } },
    Port: { [A]: { modify: { tag: 1 } } },
  };
  assert.throws(() => cache.apply(refused), ProtocolError);
  assert.equal(cache.get("Interface", C), undefined);
});

Deno.test("Cache.replace() reports nothing for the same rows in another order", () => {
  const cache = filled();
  cache.apply(modified({ external_ids: map({ key: "new", first: "1" }) }));
  const changes = cache.replace({
    Interface: { [B]: { initial: { name: "eth1" } }, [A]: { initial: { name: "eth0" } } },
    Port: {
      [PORT]: {
        initial: {
          name: "bond0",
          interfaces: references(B, A),
          tag: 5,
          external_ids: map({ first: "1", key: "new", other: "x" }),
        },
      },
    },
  });
  assert.deepEqual(changes, []);
});

Deno.test("Cache.replace() reports exactly the rows that differ", () => {
  const changes = filled().replace({
    Port: { [PORT]: { initial: { name: "bond0", interfaces: references(A, C) } } },
    Interface: { [A]: { initial: { name: "eth0" } }, [C]: { initial: { name: "eth2" } } },
  });
  const seen = changes.map(({ uuid, before, after }) =>
    `${uuid} ${before ? "was" : "-"} ${after ? "is" : "-"}`
  );
  assert.deepEqual(seen.sort(), [`${B} was -`, `${C} - is`, `${PORT} was is`]);
});

Deno.test("Cache.apply() takes any JSON or throws a ProtocolError", () => {
  const columns = fc.dictionary(fc.constantFrom("name", "tag", "interfaces"), fc.jsonValue());
  const update = fc.oneof(
    fc.record({ insert: columns }),
    fc.record({ modify: columns }),
    fc.jsonValue(),
  );
  const table = fc.constantFrom("Port", "Bridge", "constructor", "toString");
  const uuids = fc.constantFrom(A, PORT);
  fc.assert(fc.property(fc.dictionary(table, fc.dictionary(uuids, update)), (updates) => {
    try {
      filled().apply(updates);
    } catch (error) {
      assert(error instanceof ProtocolError, String(error));
    }
  }));
});
