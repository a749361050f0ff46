/** Ranges of ports as values with masks. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type PortMask, portMasks } from "./port_masks.ts";

Deno.test.each<[number, number, readonly PortMask[]]>([
  [0, 65535, [[0, 0]]],
  [0, 0, [[0, 0xffff]]],
  [65535, 65535, [[65535, 0xffff]]],
  [80, 80, [[80, 0xffff]]],
  [1024, 65535, [
    [0x400, 0xfc00],
    [0x800, 0xf800],
    [0x1000, 0xf000],
    [0x2000, 0xe000],
    [0x4000, 0xc000],
    [0x8000, 0x8000],
  ]],
])("ports %i to %i", (first, last, expected) => {
  assert.deepEqual(portMasks(first, last), expected);
});

Deno.test("the masks of a range are all of its ports, each once, and 30 at most", () => {
  const port = fc.integer({ min: 0, max: 65535 });
  fc.assert(
    fc.property(port, port, (one, other) => {
      const [first, last] = [Math.min(one, other), Math.max(one, other)];
      const masks = portMasks(first, last);
      assert.ok(masks.length <= 30);
      const found = masks.flatMap(([value, mask]) =>
        Array.from({ length: 0x10000 - mask }, (_, i) => value + i)
      );
      assert.deepEqual(found, Array.from({ length: last - first + 1 }, (_, i) => first + i));
    }),
    { numRuns: 30 },
  );
  assert.equal(portMasks(1, 65534).length, 30);
});
