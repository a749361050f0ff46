import assert from "node:assert/strict";
import { NO_RATES, Rates } from "./rates.ts";

const at = (seconds: number) => seconds * 1000;
const copied = (packets: number) => new Map([["a", { ...NO_RATES, copied: packets }]]);

Deno.test("rates are packets per second between two readings; a counter that begins anew has none", () => {
  const rates = new Rates();
  rates.take(at(10), copied(100));
  assert.deepEqual(rates.now("a"), NO_RATES);
  rates.take(at(12), copied(150));
  assert.equal(rates.now("a").copied, 25);
  rates.take(at(12), copied(900)); // the same reading again
  assert.equal(rates.now("a").copied, 25);
  rates.take(at(13), copied(3));
  assert.equal(rates.now("a").copied, 0);
  assert.deepEqual(rates.history("a").times, [12, 13]);
  assert.deepEqual(rates.history().rates.copied, [25, 0]);
});

Deno.test("what is gone is forgotten, and of the past ten minutes are kept", () => {
  const rates = new Rates();
  for (let reading = 0; reading < 400; reading++) rates.take(at(2 * reading), copied(reading));
  assert.equal(rates.history("a").times.length, 300);
  assert.equal(rates.history("a").times.at(-1), 798);
  rates.take(at(800), new Map());
  assert.deepEqual(rates.history("a").times, []);
  assert.deepEqual(rates.now("a"), NO_RATES);
});
