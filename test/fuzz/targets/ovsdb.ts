/** What an OVSDB server sends: texts, values, updates of rows. @module */
import assert from "node:assert/strict";
import { ProtocolError } from "../../../core/base/errors.ts";
import { Cache } from "../../../core/ovsdb/cache.ts";
import { JsonSplitter } from "../../../core/ovsdb/json_splitter.ts";
import { decodeValue, encodeValue } from "../../../core/ovsdb/notation.ts";
import { SCHEMA, type Table, TABLES } from "../../../core/ovsdb/schema.ts";
import type { Random } from "../../ownership/random.ts";
import { defineTarget, only, type Target } from "../target.ts";
import type { Json } from "../values.ts";

const UUIDS = Array.from({ length: 6 }, (_, at) => `00000000-0000-4000-8000-00000000000${at}`);
const uuids = (
  random: Random,
): Json => ["set", UUIDS.filter(() => random.chance(30)).map((id) => ["uuid", id])];
const map = (
  random: Random,
): Json => ["map", random.chance(50) ? [["sluice", `${random.below(3)}`]] : []];
const set = (random: Random): Json => random.chance(50) ? random.below(9) : ["set", []];

/** Columns of some tables, with random values. */
const COLUMNS: Readonly<Record<string, Readonly<Record<string, (random: Random) => Json>>>> = {
  Bridge: { name: (random) => `br${random.below(3)}`, ports: uuids, external_ids: map },
  Port: { name: (random) => `p${random.below(3)}`, interfaces: uuids, tag: set, external_ids: map },
  Interface: { name: (random) => `p${random.below(3)}`, ofport: set, options: map },
};

const entries = (random: Random, table: string): Json =>
  Object.fromEntries(
    Object.entries(COLUMNS[table]!).filter(() => random.chance(70)).map((
      [column, make],
    ) => [column, make(random)]),
  );

/** Updates of some rows of some tables: ovsdb-server(7), section 4.1.14. */
function updates(random: Random): Json {
  return Object.fromEntries(
    Object.keys(COLUMNS).filter(() => random.chance(70)).map((table) => [
      table,
      Object.fromEntries(
        UUIDS.filter(() => random.chance(40)).map((uuid) => {
          const kind = random.pick(["initial", "insert", "insert", "modify", "modify", "delete"]);
          return [uuid, { [kind]: kind === "delete" ? null : entries(random, table) }];
        }),
      ),
    ]),
  );
}

/** All rows, and what the indexes of the cache find. */
function content(cache: Cache): unknown {
  const names = ["br0", "br1", "br2", "p0", "p1", "p2"];
  return {
    rows: TABLES.map((table) => [...cache.all(table)]),
    interfaces: names.map((name) => cache.interfaceUuid(name)),
    bridges: names.map((name) => cache.bridgeUuid(name)),
    ports: UUIDS.map((uuid) => cache.portOfInterface(uuid)),
  };
}

/** Each column has its type, whatever was sent. */
function assertTypes(table: Table, row: Readonly<Record<string, unknown>>): void {
  for (const [column, kind] of Object.entries(SCHEMA[table] as Record<string, string>)) {
    const value = row[column];
    const all = kind === "map"
      ? Object.values(value as object)
      : kind.endsWith("s")
      ? value as unknown[]
      : [value];
    const type = kind === "map" ? "string" : kind.replace("optional ", "").replace(/s$/, "");
    const isRight = (each: unknown) =>
      typeof each === type || (each === undefined && kind.startsWith("optional"));
    assert.ok(all.every(isRight), `${table}.${column} is ${JSON.stringify(value)}`);
  }
}

/** A cache that refuses updates is as before; one that takes a snapshot is as a new one with that snapshot. */
function applyAll(list: Json): void {
  const cache = new Cache();
  for (const each of Array.isArray(list) ? list : [list]) {
    const before = JSON.stringify(content(cache));
    try {
      cache.apply(each);
    } catch (error) {
      assert.equal(JSON.stringify(content(cache)), before, "what is refused changes nothing");
      throw error;
    }
  }
  for (const table of TABLES) for (const row of cache.all(table)) assertTypes(table, row);
  const fresh = new Cache();
  fresh.replace({});
  cache.replace({});
  assert.deepEqual(content(cache), content(fresh));
}

/** The values do not depend on how the stream is cut. */
function splitInPieces(bytes: Uint8Array): void {
  const values = (size: number): unknown[] => {
    const [splitter, found] = [new JsonSplitter(), [] as unknown[]];
    try {
      for (let at = 0; at < bytes.length; at += size) {
        found.push(...splitter.push(bytes.subarray(at, at + size)));
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return []; // how many values came before a wrong one depends on the pieces
    }
    return found;
  };
  assert.deepEqual(values(3), values(bytes.length || 1));
}

const bytes = (text: string) => new TextEncoder().encode(text);
const TEXTS = [
  '{"id":1,"result":[{},{"uuid":["uuid","x"]},{"count":1}],"error":null}',
  '{"id":null,"method":"update3","params":[["sluice","v1"],"0",{"Bridge":{}}]}{"id":"echo","method":"echo","params":[]}',
  '{"id":3,"result":null,"error":{"error":"unknown database","details":"é \\"}"}} \n{}',
  "[[[[{}]]]]",
];

export const OVSDB: readonly Target[] = [
  defineTarget<Uint8Array>({
    name: "ovsdb texts",
    samples: TEXTS.map(bytes),
    check: splitInPieces,
    allows: only(ProtocolError),
    growths: {
      "many texts": (size) => bytes(TEXTS[1]!.repeat(size)),
      "one long text": (size) => bytes(`{"a":"${"x".repeat(size)}"}`),
      "a text without end": (size) => bytes('{"a":['.repeat(size)),
      "spaces": (size) => bytes(" ".repeat(size)),
    },
  }),
  defineTarget<Json>({
    name: "ovsdb value",
    samples: [1, "x", true, ["uuid", UUIDS[0]!], ["set", [1, 2]], ["set", []], ["map", [
      ["a", "b"],
      ["c", 1],
    ]], [
      "named-uuid",
      "row",
    ]],
    check: (json) => {
      const value = decodeValue(json);
      assert.deepEqual(decodeValue(encodeValue(value)), value);
    },
    allows: only(ProtocolError),
    growths: {
      "a large set": (size) => ["set", Array.from({ length: size }, (_, at) => at)],
      "a large map": (size) => ["map", Array.from({ length: size }, (_, at) => [`${at}`, "x"])],
    },
  }),
  defineTarget<Json>({
    name: "ovsdb updates",
    samples: [[{
      Bridge: { [UUIDS[0]!]: { initial: { name: "br0", ports: ["uuid", UUIDS[1]!] } } },
    }, {
      Bridge: {
        [UUIDS[0]!]: { modify: { ports: ["set", [["uuid", UUIDS[1]!], ["uuid", UUIDS[2]!]]] } },
      },
    }]],
    make: (random) => Array.from({ length: 1 + random.below(5) }, () => updates(random)),
    check: applyAll,
    allows: only(ProtocolError),
    growths: {
      "many rows": (size) => [{
        Interface: Object.fromEntries(
          Array.from({ length: size }, (_, at) => [`uuid${at}`, { insert: { name: `p${at}` } }]),
        ),
      }],
    },
  }),
];
