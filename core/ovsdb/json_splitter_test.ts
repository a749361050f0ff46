import "../../test/lab/environment.ts";
import assert from "node:assert/strict";
import process from "node:process";
import fc from "fast-check";
import { ProtocolError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { JsonSplitter } from "./json_splitter.ts";

const text = fc.string({ unit: "binary" });
const json = fc.oneof(fc.dictionary(text, fc.jsonValue()), fc.array(fc.jsonValue()));
const bytesOf = (value: string) => new TextEncoder().encode(value);

/** In pieces of the given lengths, again and again. */
function* chunks(bytes: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length]!;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

Deno.test("JsonSplitter gives the same values however the bytes are cut", () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
  const space = fc.constantFrom("", " ", "\n", "\t\r\n");
  fc.assert(fc.property(fc.array(json), lengths, space, (values, sizes, between) => {
    const sent = values.map((value) => JSON.stringify(value) + between).join("");
    const splitter = new JsonSplitter();
    const received = [...chunks(bytesOf(sent), sizes)].flatMap((chunk) => splitter.push(chunk));
    assert.equal(JSON.stringify(received), JSON.stringify(values));
  }));
});

Deno.test("JsonSplitter takes a character that is cut in two", () => {
  const bytes = bytesOf('{"name":"p\u00f6rt \u{1f500}"}');
  const splitter = new JsonSplitter();
  const received = [...chunks(bytes, [1])].flatMap((chunk) => splitter.push(chunk));
  assert.deepEqual(received, [{ name: "p\u00f6rt \u{1f500}" }]);
});

Deno.test.each(["x", "}", "]{", "1", '"text"', "{]", "{,}", '{"a":}', "null"])(
  "JsonSplitter refuses %s",
  (garbage) => {
    assert.throws(() => new JsonSplitter().push(bytesOf(garbage)), ProtocolError);
  },
);

Deno.test("JsonSplitter throws nothing but a ProtocolError at random bytes", () => {
  const structure = fc.constantFrom(...bytesOf('{}[]"\\,: 1'));
  const byte = fc.oneof(structure, fc.integer({ min: 0, max: 255 }));
  fc.assert(fc.property(fc.array(byte), (bytes) => {
    try {
      new JsonSplitter().push(new Uint8Array(bytes));
    } catch (error) {
      assert(error instanceof ProtocolError, String(error));
    }
  }));
});

/** Milliseconds of a processor to read one text of that many bytes, which comes in the pieces of a socket. */
function timeFor(bytes: number): number {
  const piece = new Uint8Array(16 * 1024).fill(0x78); // x
  const splitter = new JsonSplitter();
  const begin = process.cpuUsage();
  splitter.push(bytesOf('["'));
  for (let sent = 0; sent < bytes; sent += piece.length) splitter.push(piece);
  const [value] = splitter.push(bytesOf('"]')) as [[string]];
  assert.equal(value[0].length, bytes);
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1000;
}

Deno.test("JsonSplitter takes twice the time for twice the bytes", () => {
  const size = 2 * 1024 * 1024;
  timeFor(size); // the first run compiles it
  const best = (times: number) => Math.min(...[1, 2, 3].map(() => timeFor(times * size)));
  const [once, twice, fourfold] = [best(1), best(2), best(4)];
  // A splitter that looks at all bytes again for each piece takes 4 and 16 times as long.
  assert.ok(twice < 3 * once, `${once} ms, and ${twice} ms for twice as much`);
  assert.ok(fourfold < 8 * once, `${once} ms, and ${fourfold} ms for four times as much`);
});

Deno.test("JsonSplitter refuses a text that is longer than the limit, and keeps no more of it", () => {
  const piece = new Uint8Array(1024 * 1024).fill(0x20);
  const splitter = new JsonSplitter();
  splitter.push(bytesOf("["));
  const endless = () => {
    for (let sent = 0; sent <= LIMITS.ovsdbMessage; sent += piece.length) splitter.push(piece);
  };
  assert.throws(endless, /longer than \d+ bytes/);
});
