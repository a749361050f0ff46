import fc from "fast-check";
import assert from "node:assert/strict";
import { ProtocolError } from "../base/errors.ts";
import { type Atom, decodeValue, encodeValue, namedUuid, type Plain, uuid } from "./notation.ts";

const plain = fc.oneof(fc.string(), fc.integer(), fc.boolean());
const reference = fc.uuid().map(uuid);
const atom = fc.oneof<fc.Arbitrary<Atom>[]>(plain, reference);

function received(sent: Atom): Plain {
  return typeof sent === "object" ? ("uuid" in sent ? sent.uuid : sent.name) : sent;
}

function overTheWire(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json));
}

Deno.test("encodeValue() writes the notation of RFC 7047 section 5.1", () => {
  assert.deepEqual(encodeValue(4095), 4095);
  assert.deepEqual(encodeValue(uuid("u")), ["uuid", "u"]);
  assert.deepEqual(encodeValue(new Set([namedUuid("p")])), ["set", [["named-uuid", "p"]]]);
  assert.deepEqual(encodeValue(["uuid", "u"]), ["set", ["uuid", "u"]]);
  assert.deepEqual(encodeValue(new Map([["key", "5"]])), ["map", [["key", "5"]]]);
});

Deno.test("Atoms come back as they were sent", () => {
  fc.assert(fc.property(atom, (sent) => {
    assert.deepEqual(decodeValue(overTheWire(encodeValue(sent))), received(sent));
  }));
});

Deno.test("Sets come back as they were sent", () => {
  fc.assert(fc.property(fc.array(atom), (sent) => {
    const back = decodeValue(overTheWire(encodeValue(new Set(sent))));
    assert.deepEqual(back, new Set(sent.map(received)));
  }));
});

Deno.test("Maps come back as they were sent", () => {
  fc.assert(fc.property(fc.array(fc.tuple(plain, atom)), (pairs) => {
    const back = decodeValue(overTheWire(encodeValue(new Map(pairs))));
    assert.deepEqual(back, new Map(pairs.map(([key, value]) => [key, received(value)])));
  }));
});

Deno.test("decodeValue() reads anything or throws a ProtocolError", () => {
  fc.assert(fc.property(fc.jsonValue(), (json) => {
    try {
      decodeValue(json);
    } catch (error) {
      assert(error instanceof ProtocolError, String(error));
    }
  }));
});

Deno.test.each([
  { json: null },
  { json: {} },
  { json: [] },
  { json: ["set"] },
  { json: ["set", "x"] },
  { json: ["set", [null]] },
  { json: ["map", [["k"]]] },
  { json: ["map", [1]] },
  { json: ["uuid", 1] },
  { json: ["uuid", "a", "b"] },
  { json: ["unknown", "x"] },
])("decodeValue() refuses $json", ({ json }) => {
  assert.throws(() => decodeValue(json), ProtocolError);
});
