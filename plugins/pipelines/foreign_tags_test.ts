/** VLAN tags as values and masks. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { valuesAndMasks } from "./_foreign_tags.ts";

Deno.test.each(
  [
    [[0], [[0, 0xfff]]],
    [[10, 12, 13, 14, 15, 16], [[10, 0xfff], [12, 0xffc], [16, 0xfff]]],
    [Array.from({ length: 4096 }, (_, id) => id), [[0, 0]]],
    [[], []],
  ] as const,
)("values and masks: case %#", (ids, expected) => {
  assert.deepEqual(valuesAndMasks(ids), expected);
});

Deno.test("values and masks match each of the ids once, and no other", () => {
  fc.assert(fc.property(fc.uniqueArray(fc.nat(127)), (ids) => {
    const found = valuesAndMasks(ids);
    for (let id = 0; id < 256; id++) {
      const matches = found.filter(([value, mask]) => (id & mask) === value).length;
      assert.equal(matches, ids.includes(id) ? 1 : 0);
    }
  }));
});
