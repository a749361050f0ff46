/** The places of ports: they stay, whatever happens to other ports. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Positions } from "./positions.ts";

const copy = (...to: string[]) => ({ to });
const places = (positions: Positions, ...to: string[]) =>
  positions.placesOf(copy(...to)).map((name) => name ?? "-").join(" ");

Deno.test("a port keeps its place, and leaves it empty when it is gone", () => {
  const positions = new Positions();
  assert.equal(places(positions, "a", "b", "c"), "a b c");
  assert.equal(places(positions, "a", "c"), "a - c");
  assert.equal(places(positions, "a", "c", "d"), "a - c d");
  assert.equal(places(positions, "a", "d", "b"), "a b - d");
});

Deno.test("a weight is a number of places", () => {
  const positions = new Positions();
  assert.equal(places(positions, "a", "b", "b", "c"), "a b b c");
  assert.equal(places(positions, "a", "b", "c"), "a b - c");
  assert.equal(places(positions, "a", "b", "b", "b", "c"), "a b b c b");
});

Deno.test("the notes of one agent are the places of the next one, and go with their choice", () => {
  const [before, after] = [new Positions(), new Positions()];
  before.placesOf(copy("a", "b", "c"));
  before.placesOf(copy("a", "c"));
  const notes = before.notes([copy("a", "c")]);
  assert.deepEqual([...notes], [["sluice-places:a", "a b c"]]);
  after.load({ ...Object.fromEntries(notes), other: "a b" });
  assert.equal(places(after, "a", "c"), "a - c");
  assert.deepEqual([...after.notes([])], []);
});

Deno.test("a port alone has no places, unless there were several", () => {
  const positions = new Positions();
  assert.equal(places(positions, "a"), "a");
  assert.deepEqual([...positions.notes([copy("a")])], []);
  positions.placesOf(copy("a", "b"));
  assert.equal(places(positions, "a"), "a -");
});

Deno.test("any changes: no port that stays changes its place", () => {
  const others = fc.uniqueArray(fc.constantFrom("b", "c", "d", "e", "f"));
  fc.assert(fc.property(fc.array(others, { minLength: 2, maxLength: 8 }), (edits) => {
    const positions = new Positions();
    const known = new Map<string, number>();
    for (const names of edits) {
      const found = positions.placesOf(copy("a", ...names));
      for (const name of ["a", ...names]) {
        const place = found.indexOf(name);
        assert.ok(place >= 0, `${name} has no place`);
        if (found.length > 1) assert.equal(place, known.getOrInsert(name, place), name);
      }
    }
  }));
});
