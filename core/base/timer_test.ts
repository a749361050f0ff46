import assert from "node:assert/strict";
import process from "node:process";
import { mock } from "node:test";
import { after, delay, timeLimit } from "./timer.ts";

/** A second more than a timer of JavaScript can wait. */
const LONG = 2 ** 31 - 1 + 1000;

/** The warnings that the process gives until it is disposed of. */
function warnings() {
  const names: string[] = [];
  const onWarning = ({ name }: Error) => names.push(name);
  process.on("warning", onWarning);
  return { names, [Symbol.dispose]: () => void process.off("warning", onWarning) };
}

/** Lets all that is due now happen, and warnings be given. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

Deno.test.each([0, -1, -1e9, NaN, -Infinity])(
  "after %d ms means as soon as possible, without a warning",
  async (milliseconds) => {
    using warned = warnings();
    await new Promise<void>((resolve) => after(milliseconds, resolve));
    await delay(milliseconds);
    const limit = timeLimit(milliseconds);
    if (!limit.aborted) await new Promise((resolve) => limit.onabort = resolve);
    await turn();
    assert.deepEqual(warned.names, []);
  },
);

Deno.test.each([LONG, 3_000_000_000, Number.MAX_VALUE, Infinity])(
  "after %d ms does not mean at once, and gives no warning",
  async (milliseconds) => {
    using warned = warnings();
    let fired = 0;
    using _timer = after(milliseconds, () => fired++);
    const over = new AbortController();
    const waiting = delay(milliseconds, over.signal).then(() => fired++);
    const limit = timeLimit(milliseconds);
    await delay(20); // a timer that overflows fires after 1 ms
    assert.equal(fired, 0);
    assert.equal(limit.aborted, false);
    over.abort();
    await waiting;
    assert.deepEqual(warned.names, []);
  },
);

Deno.test("a time longer than a timer of JavaScript can wait is waited for in parts", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    let fired = 0;
    after(LONG, () => fired++);
    mock.timers.tick(LONG - 1);
    assert.equal(fired, 0);
    mock.timers.tick(1);
    assert.equal(fired, 1);
    const stopped = after(LONG, () => fired++);
    mock.timers.tick(LONG - 1); // the second part has begun
    stopped.stop();
    mock.timers.tick(10);
    assert.equal(fired, 1);
  } finally {
    mock.timers.reset();
  }
});

Deno.test("delay() ends at once when its signal aborts, before or meanwhile", async () => {
  await delay(60_000, AbortSignal.abort());
  const over = new AbortController();
  const waiting = delay(60_000, over.signal);
  over.abort();
  await waiting;
});
