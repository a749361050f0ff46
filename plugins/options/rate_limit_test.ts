import assert from "node:assert/strict";
import option from "./rate_limit.ts";

Deno.test("a cap has exactly one unit", () => {
  for (const value of [{}, { burst: 5 }, { packetsPerSecond: 1, kilobitsPerSecond: 1 }]) {
    assert.equal(option.check!(value).length, 1, JSON.stringify(value));
  }
  for (const value of [{ packetsPerSecond: 1 }, { kilobitsPerSecond: 1, burst: 600 }]) {
    assert.deepEqual(option.check!(value), []);
  }
});

Deno.test("without a burst, as much as in a second may come at once, and at least one packet", () => {
  const limit = (value: object) => option.effect(value).copy!.rateLimit;
  assert.deepEqual(limit({ packetsPerSecond: 50 }), { unit: "packets", rate: 50, burst: 50 });
  assert.deepEqual(limit({ kilobitsPerSecond: 8 }), { unit: "kilobits", rate: 8, burst: 525 });
  assert.deepEqual(limit({ kilobitsPerSecond: 900 }), { unit: "kilobits", rate: 900, burst: 900 });
});
